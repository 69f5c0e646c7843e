package io.proxyd.config;

/**
 * A rule that names the service for a request.
 *
 * @param host exact lower-case name, {@code *.example.org}, or {@code *} for any
 * @param path a prefix that ends on a segment border, without a slash at its end; {@code /} alone matches every path
 */
public record RouteConfig(String host, String path, String service, Priority priority) {
    /** Who goes first when a service has more requests than it can take. */
    public enum Priority {
        NORMAL,
        /** Neither waits nor is turned away: health checks from outside, operators. */
        HIGH
    }

    /** Of normal priority. */
    public RouteConfig(String host, String path, String service) {
        this(host, path, service, Priority.NORMAL);
    }
}
