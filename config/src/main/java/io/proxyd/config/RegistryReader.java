package io.proxyd.config;

import io.proxyd.config.RegistryConfig.Identity;
import io.proxyd.config.RegistryConfig.Login;
import io.proxyd.config.RegistryConfig.Tls;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code registry}. */
final class RegistryReader {
    private static final ValueType<URI> ENDPOINT =
            ValueType.ofText("a URL with host and port, such as \"http://10.0.0.2:2379\"", RegistryReader::endpoint);
    private static final ValueType<String> PREFIX =
            ValueType.ofText("a prefix that starts and ends with /, such as /services/", RegistryReader::prefix);

    private static final ValueType<String> USER = ValueType.ofText("the name of a user of etcd", RegistryReader::user);
    private static final ValueType<Duration> AUDIT = DurationText.between(Duration.ofSeconds(1), Duration.ofHours(24));

    private RegistryReader() {}

    static RegistryConfig read(Section registry, FilePaths paths) {
        if (registry.has("etcd") && registry.has("file")) {
            registry.problem("names both etcd and file; expected one of them");
        }
        // Both are read, so that the problems of both are reported.
        RegistryConfig etcd = registry.has("etcd") ? etcd(registry.section("etcd"), paths) : new RegistryConfig.None();
        return registry.has("file") ? file(registry.section("file"), paths) : etcd;
    }

    private static RegistryConfig etcd(Section etcd, FilePaths paths) {
        List<URI> endpoints = endpoints(etcd);
        String prefix = etcd.read("prefix", PREFIX);
        String controlPrefix = etcd.read("control-prefix", PREFIX);
        if (prefix.startsWith(controlPrefix) || controlPrefix.startsWith(prefix)) {
            etcd.problem(
                    "control-prefix",
                    Quoted.text(controlPrefix) + " and the prefix " + Quoted.text(prefix)
                            + " overlap; expected that neither starts with the other");
        }
        boolean secure = !endpoints.isEmpty()
                && endpoints.stream().allMatch(e -> e.getScheme().equals("https"));
        return new RegistryConfig.Etcd(
                endpoints,
                prefix,
                controlPrefix,
                etcd.read("audit-interval", AUDIT),
                tls(etcd, secure, paths),
                login(etcd, paths));
    }

    private static Tls tls(Section etcd, boolean secure, FilePaths paths) {
        if (etcd.has("tls") && !secure && etcd.isSound("endpoints")) {
            etcd.problem(
                    "tls", "is set, but not every endpoint is secure; expected endpoints that start with https://");
        }
        Section tls = etcd.section("tls");
        Optional<Path> certificate = tls.find("certificate", pem("certificates", paths));
        Optional<Path> key = tls.find("key", pem("a private key", paths));
        if (tls.has("certificate") != tls.has("key")) {
            String missing = tls.has("key") ? "certificate" : "key";
            tls.problem(missing, "is missing; expected certificate and key together");
        }
        return new Tls(
                tls.find("ca", pem("certificates", paths)),
                certificate.flatMap(chain -> key.map(secret -> new Identity(chain, secret))));
    }

    private static Optional<Login> login(Section etcd, FilePaths paths) {
        Optional<String> user = etcd.find("user", USER);
        Optional<Path> passwordFile = etcd.find("password-file", paths.type("the path of a file with a password"));
        if (etcd.has("user") != etcd.has("password-file")) {
            String missing = etcd.has("user") ? "password-file" : "user";
            etcd.problem(missing, "is missing; expected user and password-file together");
        }
        return user.flatMap(name -> passwordFile.map(file -> new Login(name, file)));
    }

    private static ValueType<Path> pem(String what, FilePaths paths) {
        return paths.type("the path of a file with " + what + " (PEM)");
    }

    private static String user(String text) {
        if (text.isBlank()) {
            throw new BadValue("names no user");
        }
        return text;
    }

    private static List<URI> endpoints(Section etcd) {
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
        if (endpoints.stream().map(URI::getScheme).distinct().count() > 1) {
            etcd.problem("endpoints", "mixes http:// and https://; expected one of them for all");
        }
        return List.copyOf(endpoints);
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
            throw new BadValue("does not start with http:// or https://");
        }
        String scheme = text.substring(0, end);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw BadValue.expecting("http or https", "has the scheme " + Quoted.text(scheme));
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
