package io.proxyd.config;

/**
 * A rule that names the service for a request.
 *
 * @param host exact lower-case name, {@code *.example.org}, or {@code *} for any
 * @param path a prefix that ends on a segment border, without a slash at its end; {@code /} alone matches every path
 */
public record RouteConfig(String host, String path, String service) {}
