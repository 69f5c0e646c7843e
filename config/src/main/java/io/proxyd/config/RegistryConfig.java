package io.proxyd.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Where registrations come from. */
public sealed interface RegistryConfig {
    /** No registry: only the backends written under {@code services}. */
    record None() implements RegistryConfig {}

    /**
     * @param endpoints all with the scheme http, or all with https
     * @param prefix of the registrations; starts and ends with {@code /}
     * @param controlPrefix of what the proxies and their operators tell each other; starts and ends with {@code /}, and
     *     neither prefix lies within the other
     * @param auditInterval how often the view is compared with a list
     * @param tls for https endpoints
     * @param login user and password, where etcd asks for them
     */
    record Etcd(
            List<URI> endpoints,
            String prefix,
            String controlPrefix,
            Duration auditInterval,
            Tls tls,
            Optional<Login> login)
            implements RegistryConfig {

        /** Without TLS and login, and with the defaults of all else. */
        public static Etcd plain(List<URI> endpoints, String prefix) {
            return new Etcd(
                    endpoints,
                    prefix,
                    Schema.key("registry.etcd.control-prefix").defaultText(),
                    DurationText.parse(
                            Schema.key("registry.etcd.audit-interval").defaultText()),
                    new Tls(Optional.empty(), Optional.empty()),
                    Optional.empty());
        }
    }

    /**
     * How TLS to etcd is secured.
     *
     * @param authorities certificates (PEM) that may vouch for etcd; those that Java trusts if absent
     * @param identity shown to etcd (mutual TLS)
     */
    record Tls(Optional<Path> authorities, Optional<Identity> identity) {}

    /** A certificate chain (PEM) with its private key (PEM, PKCS#8). */
    record Identity(Path certificate, Path key) {}

    /** @param passwordFile its first line is the password; read again for each connection */
    record Login(String user, Path passwordFile) {}

    /** @param path the folder that mirrors the keys: {@code <service>/<backend-id>.json} */
    record File(Path path) implements RegistryConfig {}
}
