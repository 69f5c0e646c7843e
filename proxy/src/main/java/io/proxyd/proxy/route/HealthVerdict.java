package io.proxyd.proxy.route;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the active health checks say of a backend.
 *
 * @param reason of the newest check, in words for the operator
 * @param since when the health last changed
 * @param drainingSince when the backend began to say in its checks that it wants no new requests; null if it does not
 */
public record HealthVerdict(Health health, String reason, Instant since, @Nullable Instant drainingSince) {
    /** The outcome so far. */
    public enum Health {
        /** No check has ended yet. */
        UNCHECKED,
        PASSING,
        FAILING,
        /** No active check is configured. */
        NOT_CHECKED
    }

    /** Of a backend that does not say that it drains. */
    public HealthVerdict(Health health, String reason, Instant since) {
        this(health, reason, since, null);
    }
}
