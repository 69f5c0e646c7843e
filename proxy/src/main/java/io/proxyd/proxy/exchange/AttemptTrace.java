package io.proxyd.proxy.exchange;

import io.proxyd.proxy.exchange.TracedExchange.TracedAttempt;
import org.jspecify.annotations.Nullable;

/** What is remembered of one attempt; used again for others. On the event loop. */
final class AttemptTrace {
    private static final long NEVER = Long.MIN_VALUE;

    private String backend = "";
    private Launch why = Launch.FIRST;
    private Outcome outcome = Outcome.UNDER_WAY;
    private long startNanos;
    private long connectedNanos;
    private long headNanos;
    private long endNanos;
    private int status;
    private boolean idle;
    private @Nullable Failure failure;

    /** How an attempt ended. */
    enum Outcome {
        UNDER_WAY("under-way"),
        ANSWERED("answered"),
        FAILED("failed"),
        /** Its response reports a failure, and another attempt was to do better. */
        PASSED_OVER("passed-over"),
        /** Another attempt answered or took its place, or the exchange ended. */
        CANCELLED("cancelled"),
        /** Its connection came about when the request was on its way already. */
        NOT_NEEDED("not-needed");

        private final String label;

        Outcome(String label) {
            this.label = label;
        }
    }

    /** @param onIdle whether it has a connection that lay idle */
    void begin(String backendId, Launch reason, long nowNanos, boolean onIdle) {
        backend = backendId;
        why = reason;
        startNanos = nowNanos;
        idle = onIdle;
        connectedNanos = NEVER;
        headNanos = NEVER;
        endNanos = NEVER;
        status = 0;
        outcome = Outcome.UNDER_WAY;
        failure = null;
    }

    void connected(long nowNanos) {
        connectedNanos = nowNanos;
    }

    void answered(int withStatus, long nowNanos) {
        status = withStatus;
        headNanos = nowNanos;
    }

    void ended(Outcome how, @Nullable Failure reason, long nowNanos) {
        outcome = how;
        failure = reason;
        endNanos = nowNanos;
    }

    /** @param exchangeStartNanos from which times are told */
    TracedAttempt copy(long exchangeStartNanos) {
        Failure reason = failure;
        return new TracedAttempt(
                backend,
                why.label(),
                startNanos - exchangeStartNanos,
                idle,
                since(startNanos, connectedNanos),
                since(startNanos, headNanos),
                since(startNanos, endNanos),
                status,
                outcome.label,
                reason == null ? null : reason.kind().label(),
                reason == null ? null : reason.detail());
    }

    private static @Nullable Long since(long start, long moment) {
        return moment == NEVER ? null : moment - start;
    }
}
