package io.proxyd.proxy.route;

import java.time.Instant;

/**
 * What the active health checks say of a backend.
 *
 * @param reason of the newest check, in words for the operator
 * @param since when the health last changed
 */
public record HealthVerdict(Health health, String reason, Instant since) {
    /** The outcome so far. */
    public enum Health {
        /** No check has ended yet. */
        UNCHECKED,
        PASSING,
        FAILING,
        /** No active check is configured. */
        NOT_CHECKED
    }
}
