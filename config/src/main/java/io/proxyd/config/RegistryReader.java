package io.proxyd.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code registry}. */
final class RegistryReader {
    private static final ValueType<URI> ENDPOINT =
            ValueType.ofText("a URL with host and port, such as \"http://10.0.0.2:2379\"", RegistryReader::endpoint);
    private static final ValueType<String> PREFIX =
            ValueType.ofText("a prefix that starts and ends with /, such as /services/", RegistryReader::prefix);

    private RegistryReader() {}

    static RegistryConfig read(Section registry, FilePaths paths) {
        if (registry.has("etcd") && registry.has("file")) {
            registry.problem("names both etcd and file; expected one of them");
        }
        // Both are read, so that the problems of both are reported.
        RegistryConfig etcd = registry.has("etcd") ? etcd(registry.section("etcd")) : new RegistryConfig.None();
        return registry.has("file") ? file(registry.section("file"), paths) : etcd;
    }

    private static RegistryConfig etcd(Section etcd) {
        Unique<URI> known = new Unique<>();
        List<URI> endpoints = new ArrayList<>();
        for (Value value : etcd.values("endpoints", ENDPOINT)) {
            value.read(ENDPOINT).ifPresent(endpoint -> {
                endpoints.add(endpoint);
                known.earlier(endpoint, value.path(), value.line())
                        .ifPresent(earlier -> value.problem(
                                Quoted.text(endpoint.toString()) + " is also " + earlier + "; expected it once"));
            });
        }
        if (endpoints.isEmpty() && etcd.isMap() && etcd.isSound("endpoints")) {
            etcd.problem("endpoints", "lists no URL; expected at least one, such as \"http://10.0.0.2:2379\"");
        }
        return new RegistryConfig.Etcd(List.copyOf(endpoints), etcd.read("prefix", PREFIX));
    }

    private static RegistryConfig file(Section file, FilePaths paths) {
        ValueType<Path> folder = paths.type("the path of a folder, such as /etc/proxyd/services");
        return file.find("path", folder)
                .<RegistryConfig>map(RegistryConfig.File::new)
                .orElseGet(RegistryConfig.None::new);
    }

    private static URI endpoint(String text) {
        int end = text.indexOf("://");
        if (end < 0) {
            throw new BadValue("does not start with http://");
        }
        String scheme = text.substring(0, end);
        if (scheme.equals("https")) {
            throw BadValue.expecting("http", "asks for TLS, which is not supported toward etcd yet");
        }
        if (!scheme.equals("http")) {
            throw BadValue.expecting("http", "has the scheme " + Quoted.text(scheme));
        }
        String rest = text.substring(end + 3);
        String authority = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        if (authority.matches(".*[/?#@].*")) {
            throw new BadValue("has more than a host and a port");
        }
        URI endpoint = URI.create(scheme + "://" + AddressText.parse(authority, 1));
        if (endpoint.getHost() == null) {
            throw BadValue.expecting("a name without _, or an IP address", "has a host that is not allowed in a URL");
        }
        return endpoint;
    }

    private static String prefix(String text) {
        if (!text.startsWith("/") || !text.endsWith("/")) {
            String stripped = text.replaceAll("^/+|/+$", "");
            throw BadValue.expecting(stripped.isEmpty() ? "/" : "/" + stripped + "/", "does not start and end with /");
        }
        return text;
    }
}
