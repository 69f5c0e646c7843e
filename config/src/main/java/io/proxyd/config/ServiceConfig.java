package io.proxyd.config;

import java.time.Duration;
import java.util.List;

/**
 * One service with its policies.
 *
 * @param backends written in the configuration, beside those that the registry knows
 */
public record ServiceConfig(
        String name,
        Balance balance,
        List<Address> backends,
        HealthCheckConfig healthCheck,
        Ejection ejection,
        Timeouts timeouts,
        Retries retries,
        Pool pool) {

    /** How a backend is picked. */
    public enum Balance {
        LEAST_REQUEST,
        ROUND_ROBIN
    }

    /**
     * Passive removal.
     *
     * @param connectFailures consecutive failed connects after which a backend is ejected; 0 turns ejection off
     * @param base the first ejection's length; each further one doubles it
     * @param max the longest ejection
     */
    public record Ejection(int connectFailures, Duration base, Duration max) {}

    /**
     * How long a backend may take.
     *
     * @param connect to accept a connection
     * @param responseHead from the end of the request to the end of the response head
     * @param responseBody longest pause between two reads of a response body
     * @param exchange from the end of the request head to the end of the response, with all attempts; zero means without limit
     * @param tunnelIdle longest time in which neither side of an upgraded connection sends anything
     */
    public record Timeouts(
            Duration connect, Duration responseHead, Duration responseBody, Duration exchange, Duration tunnelIdle) {}

    /**
     * @param attempts most attempts for one exchange, the first included; 1 turns retries off
     * @param bodyBytes request bodies up to this size are kept so that they can be sent again
     */
    public record Retries(int attempts, int bodyBytes) {}

    /**
     * @param maxIdle idle connections kept by one event loop for one backend
     * @param idleTimeout how long a connection may lie idle before it is closed
     */
    public record Pool(int maxIdle, Duration idleTimeout) {}
}
