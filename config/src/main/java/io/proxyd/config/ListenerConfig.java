package io.proxyd.config;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One address that accepts downstream connections. */
public record ListenerConfig(
        Address address, Connections connections, Forwarding forwarding, Timeouts timeouts, Limits limits) {
    /**
     * How many connections are served at a time.
     *
     * @param max of all clients; further ones wait to be accepted
     * @param maxPerClient of one client address; further ones are refused; 0 for no limit
     */
    public record Connections(int max, int maxPerClient) {}

    /**
     * What backends are told about the client.
     *
     * @param trustedProxies where the forwarding fields of requests are believed from
     * @param fields which fields are written
     * @param via the name by which this proxy adds itself to Via; null to leave that field alone
     */
    public record Forwarding(List<AddressBlock> trustedProxies, Fields fields, @Nullable String via) {
        /** Whether a client that connects from there is one of our own proxies. */
        public boolean trusts(InetAddress client) {
            for (AddressBlock block : trustedProxies) {
                if (block.contains(client)) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The kinds of forwarding fields. */
    public enum Fields {
        /** X-Forwarded-For, -Proto and -Host. */
        X_FORWARDED,
        /** Forwarded (RFC 7239). */
        FORWARDED,
        BOTH
    }

    /**
     * How long a client may take.
     *
     * @param requestHead from the first byte of a request to the end of its head
     * @param requestBody longest pause between two reads of a request body
     * @param responseBody longest pause in which the client takes no byte of a response
     * @param keepAlive longest idle time between two requests of one connection
     */
    public record Timeouts(Duration requestHead, Duration requestBody, Duration responseBody, Duration keepAlive) {}

    /**
     * How much a client may send before it is refused.
     *
     * @param requestTargetBytes longest request target, above which the answer is 414
     * @param headBytes longest request head with its request line, above which the answer is 431
     * @param headerFields most fields in a request head, above which the answer is 431
     */
    public record Limits(int requestTargetBytes, int headBytes, int headerFields) {}
}
