package io.proxyd.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One service with its policies.
 *
 * @param backends written in the configuration, beside those that the registry knows
 */
public record ServiceConfig(
        String name,
        BalancingConfig balancing,
        List<Address> backends,
        HealthCheckConfig healthCheck,
        Ejection ejection,
        Timeouts timeouts,
        Retries retries,
        Hedging hedging,
        Limits limits,
        Pool pool,
        FallbackConfig fallback) {

    /**
     * Passive removal.
     *
     * @param connectFailures consecutive failed connects after which a backend is ejected; 0 for never
     * @param gatewayErrors consecutive attempts that ended without a response, or with 502, 503 or 504, after which it is; 0 for
     *     never
     * @param stalled late attempts without any answer meanwhile after which it is; 0 for never
     * @param failureRate how much higher than that of the other backends its share of failed attempts may be; 1 for any
     * @param maxShare of the backends of a service that may be ejected at the same time
     * @param base the first ejection's length; each further one doubles it
     * @param max the longest ejection
     */
    public record Ejection(
            int connectFailures,
            int gatewayErrors,
            int stalled,
            double failureRate,
            double maxShare,
            Duration base,
            Duration max) {}

    /**
     * How long a backend may take.
     *
     * @param connect to accept a connection
     * @param responseHead from the end of the request to the end of the response head
     * @param responseBody longest pause between two reads of a response body
     * @param exchange from the end of the request head to the end of the response, with all attempts; zero means without limit
     * @param tunnelIdle longest time in which neither side of an upgraded connection sends anything
     * @param unacknowledged how long what was sent may stay unacknowledged by the other host's kernel; zero means without limit
     */
    public record Timeouts(
            Duration connect,
            Duration responseHead,
            Duration responseBody,
            Duration exchange,
            Duration tunnelIdle,
            Duration unacknowledged) {}

    /**
     * @param attempts most attempts for one exchange, the first included; 1 turns retries off
     * @param bodyBytes request bodies up to this size are kept so that they can be sent again
     * @param responseBytes responses up to this size are held back until they are complete, so that one that breaks off can
     *     still be fetched elsewhere; 0 for none
     * @param statuses of responses that are worth another attempt
     * @param nonIdempotent whether requests may be sent twice whose method does not allow it
     * @param budget further attempts as a share of the requests
     * @param budgetFloor further attempts a second that are allowed however few requests there are
     */
    public record Retries(
            int attempts,
            int bodyBytes,
            int responseBytes,
            List<Integer> statuses,
            boolean nonIdempotent,
            double budget,
            int budgetFloor) {}

    /**
     * A second attempt for a request that takes long.
     *
     * @param percentile of the service's latency after which one is made, 0 to 1
     * @param floor the shortest delay
     * @param ceiling the longest delay
     */
    public record Hedging(boolean enabled, double percentile, Duration floor, Duration ceiling) {}

    /**
     * How much a service takes on at once.
     *
     * @param adaptive whether the limit of concurrent requests follows what the backends are found to bear
     * @param requests the most concurrent requests in any case; 0 for any number
     * @param queue requests that may wait for others to end; further ones are answered with 503
     * @param queueTime the longest wait
     * @param backendRequests concurrent requests for one backend; 0 for any number
     * @param backendConnections connections to one backend, counted by each event loop for its share; 0 for any number
     */
    public record Limits(
            boolean adaptive,
            int requests,
            int queue,
            Duration queueTime,
            int backendRequests,
            int backendConnections) {}

    /**
     * @param maxIdle idle connections kept by one event loop for one backend
     * @param idleTimeout how long a connection may lie idle before it is closed
     */
    public record Pool(int maxIdle, Duration idleTimeout) {}

    /** The defaults of all keys. */
    public static ServiceConfig defaults(String name) {
        return ServiceReader.readOne(name, Section.empty("services.NAME"), new FilePaths(Path.of("/")));
    }
}
