package io.proxyd.ctl;

import io.proxyd.config.RegistryConfig;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where etcd is, which keys are meant, and how to get in; named as in proxyd's configuration. */
final class EtcdOptions {
    @Option(
            names = "--etcd",
            required = true,
            split = ",",
            paramLabel = "URL",
            description =
                    "Where etcd listens: http://HOST:PORT or https://HOST:PORT; several with commas, or repeated.")
    private List<String> etcd = List.of();

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            defaultValue = "/services/",
            description = "Of the registrations; default: ${DEFAULT-VALUE}.")
    private String prefix = "";

    @Option(
            names = "--control-prefix",
            paramLabel = "PREFIX",
            defaultValue = "/proxyd/",
            description = "Of what the proxies tell; default: ${DEFAULT-VALUE}.")
    private String controlPrefix = "";

    @Option(names = "--user", paramLabel = "USER", description = "Of etcd, with --password-file.")
    private @Nullable String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "Its first line is the password.")
    private @Nullable Path passwordFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Certificates (PEM) that vouch for etcd; default: those that Java trusts.")
    private @Nullable Path authorities;

    @Option(names = "--cert", paramLabel = "FILE", description = "Certificate chain (PEM) to show to etcd, with --key.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "Private key (PEM, PKCS#8) of that certificate.")
    private @Nullable Path key;

    /** @throws IllegalArgumentException with the option, its value and what was expected */
    RegistryConfig.Etcd config() {
        List<URI> endpoints =
                etcd.stream().map(EtcdOptions::endpoint).distinct().toList();
        boolean secure = isSecure(endpoints);
        if (!secure && (authorities != null || certificate != null || key != null)) {
            throw new IllegalArgumentException(
                    "--ca, --cert and --key are for https, expected --etcd https://HOST:PORT");
        }
        checkPrefix("--prefix", prefix);
        checkPrefix("--control-prefix", controlPrefix);
        if (prefix.startsWith(controlPrefix) || controlPrefix.startsWith(prefix)) {
            throw new IllegalArgumentException("--control-prefix " + controlPrefix + " and --prefix " + prefix
                    + " overlap, expected that neither starts with the other");
        }
        RegistryConfig.Etcd plain = RegistryConfig.Etcd.plain(endpoints, prefix);
        return new RegistryConfig.Etcd(
                endpoints,
                prefix,
                controlPrefix,
                plain.auditInterval(),
                new RegistryConfig.Tls(Optional.ofNullable(authorities), identity()),
                login());
    }

    private Optional<RegistryConfig.Identity> identity() {
        if (certificate == null && key == null) {
            return Optional.empty();
        }
        if (certificate == null || key == null) {
            throw new IllegalArgumentException("--cert and --key belong together, expected both or none");
        }
        return Optional.of(new RegistryConfig.Identity(certificate, key));
    }

    private Optional<RegistryConfig.Login> login() {
        if (user == null && passwordFile == null) {
            return Optional.empty();
        }
        if (user == null || passwordFile == null) {
            throw new IllegalArgumentException("--user and --password-file belong together, expected both or none");
        }
        return Optional.of(new RegistryConfig.Login(user, passwordFile));
    }

    private static boolean isSecure(List<URI> endpoints) {
        List<String> schemes = endpoints.stream().map(URI::getScheme).distinct().toList();
        if (schemes.size() > 1) {
            throw new IllegalArgumentException("--etcd mixes http:// and https://, expected one of them for all");
        }
        return schemes.contains("https");
    }

    private static URI endpoint(String text) {
        String expected = "--etcd " + text + ": expected http://HOST:PORT or https://HOST:PORT";
        try {
            URI uri = new URI(text);
            boolean isWeb = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean isPlain = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
            String path = uri.getRawPath();
            boolean hasNoPath = path != null && (path.isEmpty() || path.equals("/"));
            boolean hasPort = uri.getPort() > 0 && uri.getPort() <= 65_535;
            if (!isWeb || !isPlain || !hasNoPath || !hasPort || uri.getHost() == null) {
                throw new IllegalArgumentException(expected);
            }
            return URI.create(uri.getScheme() + "://" + uri.getRawAuthority());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(expected, e);
        }
    }

    private static void checkPrefix(String option, String prefix) {
        if (!prefix.startsWith("/") || !prefix.endsWith("/")) {
            throw new IllegalArgumentException(
                    option + " " + prefix + ": expected a prefix that starts and ends with /, such as /services/");
        }
    }
}
