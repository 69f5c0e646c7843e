package io.proxyd.discovery.etcd;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.resolver.IPNameResolver;
import io.proxyd.config.RegistryConfig;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Opens jetcd's client the way everything here wants it: failing fast, since the callers decide when to try again. */
final class JetcdClient {
    private static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    /** etcd cuts off clients that ping more often than every 5 s, or without a call under way. */
    private static final Duration KEEPALIVE_TIME = Duration.ofSeconds(10);

    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

    private JetcdClient() {}

    /**
     * A client that connects with its first call; the caller closes it.
     *
     * @throws UnusableSecret when a file of TLS is missing or makes no sense
     */
    static Client open(RegistryConfig.Etcd config) {
        ClientBuilder builder = Client.builder()
                .target(target(config.endpoints()))
                // Fails at once where nothing listens; the loop decides when to try again.
                .waitForReady(false)
                .retryMaxAttempts(0)
                .connectTimeout(CONNECT_TIMEOUT)
                .keepaliveTime(KEEPALIVE_TIME)
                .keepaliveTimeout(KEEPALIVE_TIMEOUT)
                .keepaliveWithoutCalls(false)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES);
        if (isSecure(config.endpoints())) {
            builder.sslContext(EtcdTls.context(config.tls()));
        }
        config.login().ifPresent(login -> builder.interceptor(new EtcdLogin(login)));
        return builder.build();
    }

    private static boolean isSecure(List<URI> endpoints) {
        return endpoints.stream().anyMatch(endpoint -> "https".equals(endpoint.getScheme()));
    }

    /** jetcd's own target for several addresses, with the brackets of IPv6 literals escaped, which jetcd forgets. */
    private static String target(List<URI> endpoints) {
        return endpoints.stream()
                .map(uri -> uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
                .map(address -> address.replace("[", "%5B").replace("]", "%5D"))
                .collect(Collectors.joining(",", IPNameResolver.SCHEME + ":///", ""));
    }
}
