package io.proxyd.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How backends of a service are probed. */
public sealed interface HealthCheckConfig {
    /** No active check: every backend counts as healthy until connects to it fail. */
    record None() implements HealthCheckConfig {}

    /** A connection that opens is a pass. */
    record Tcp(Schedule schedule) implements HealthCheckConfig {}

    /**
     * A GET that is answered with a status from {@code statusMin} to {@code statusMax} is a pass.
     *
     * @param host the Host field to send; null sends the backend's own host and port
     */
    record Http(Schedule schedule, String path, @Nullable String host, int statusMin, int statusMax)
            implements HealthCheckConfig {}

    /**
     * @param interval between the starts of two checks
     * @param jitter share of the interval, 0 to 1, by which each wait is shortened or lengthened at random
     * @param timeout after which a check without an answer has failed
     * @param rise passes in a row that make an unhealthy backend healthy
     * @param fall failures in a row that make a healthy backend unhealthy
     * @param beforeTraffic whether a new backend must pass one check before it gets requests
     */
    record Schedule(Duration interval, double jitter, Duration timeout, int rise, int fall, boolean beforeTraffic) {}
}
