package io.proxyd.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How backends of a service are probed. */
public sealed interface HealthCheckConfig {
    /** No active check: every backend counts as healthy until connects to it fail. */
    record None() implements HealthCheckConfig {}

    /** A connection that opens is a pass. */
    record Tcp(Schedule schedule) implements HealthCheckConfig {}

    /**
     * A GET that is answered as expected is a pass.
     *
     * @param host the Host field to send; null sends the backend's own host and port
     * @param statuses that pass
     * @param body text that the first {@value #BODY_BYTES} bytes of the body must hold; null for any body
     * @param headers further fields to send, by name
     * @param draining how the backend says that it wants no new requests
     */
    record Http(
            Schedule schedule,
            String path,
            @Nullable String host,
            List<StatusRange> statuses,
            @Nullable String body,
            Map<String, String> headers,
            Draining draining)
            implements HealthCheckConfig {
        /** How much of a body is looked at. */
        public static final int BODY_BYTES = 16 * 1024;

        public Http {
            statuses = List.copyOf(statuses);
            headers = Map.copyOf(headers);
        }

        /** One that looks at the status only. */
        public Http(Schedule schedule, String path, @Nullable String host, int statusMin, int statusMax) {
            this(schedule, path, host, List.of(new StatusRange(statusMin, statusMax)), null, Map.of(), Draining.NEVER);
        }
    }

    /** Statuses from {@code min} to {@code max}. */
    record StatusRange(int min, int max) {
        public boolean holds(int status) {
            return status >= min && status <= max;
        }

        /** Such as {@code 204} or {@code 200 to 299}. */
        @Override
        public String toString() {
            return min == max ? String.valueOf(min) : min + " to " + max;
        }
    }

    /**
     * How a backend says in the answer to its check that it wants no new requests.
     *
     * @param header a field of the response that says so with any value but {@code false} and {@code 0}; null for none
     * @param status that says so; 0 for none
     */
    record Draining(@Nullable String header, int status) {
        public static final Draining NEVER = new Draining(null, 0);
    }

    /**
     * @param interval between the starts of two checks
     * @param openInterval the same while a verdict is open: after a first failure, a first pass, or an ejection
     * @param jitter share of the interval, 0 to 1, by which each wait is shortened or lengthened at random
     * @param timeout after which a check without an answer has failed
     * @param rise passes in a row that make an unhealthy backend healthy
     * @param fall failures in a row that make a healthy backend unhealthy
     * @param beforeTraffic whether a new backend must pass one check before it gets requests
     */
    record Schedule(
            Duration interval,
            Duration openInterval,
            double jitter,
            Duration timeout,
            int rise,
            int fall,
            boolean beforeTraffic) {
        /** One that is no faster while a verdict is open. */
        public Schedule(Duration interval, double jitter, Duration timeout, int rise, int fall, boolean beforeTraffic) {
            this(interval, interval, jitter, timeout, rise, fall, beforeTraffic);
        }
    }
}
