package io.proxyd.proxy.exchange;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.route.ServiceLoop;
import java.util.concurrent.TimeUnit;

/**
 * When an attempt is late, and what is done about it (Dean and Barroso, "The Tail at Scale", 2013). Pure, but for what it reads of the
 * service's own latency.
 */
final class HedgeRules {
    /** While too little is known of a service. */
    private static final long UNKNOWN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A connect within a data centre takes less than a millisecond; the kernel sends a lost SYN again after a second. */
    private static final long CONNECT_FLOOR_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long CONNECT_CEILING_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final double CONNECT_PERCENTILE = 0.99;
    private static final int CONNECT_FACTOR = 4;
    /** Moving a request with a body elsewhere loses what the first backend did, so it waits longer than a hedge, if that is soon. */
    private static final int MOVE_FACTOR = 4;

    private static final long MOVE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** What becomes of a late attempt. */
    enum Action {
        /** It goes on alone: it could not be answered elsewhere, or should not. */
        WAIT,
        /** Another one runs beside it; the first answer counts. */
        HEDGE,
        /** It is given up for another one. */
        MOVE
    }

    private HedgeRules() {}

    /** After how long an attempt is late whose request was sent. */
    static long lateNanos(ServiceConfig.Hedging rule, ServiceLoop known) {
        long usual = known.heads().percentileNanos(rule.percentile(), UNKNOWN_NANOS);
        return Math.min(Math.max(usual, rule.floor().toNanos()), rule.ceiling().toNanos());
    }

    /** The same for one whose request has a body. */
    static long lateWithBodyNanos(ServiceConfig.Hedging rule, ServiceLoop known) {
        long late = lateNanos(rule, known);
        return Math.max(late, Math.min(MOVE_FACTOR * late, MOVE_NANOS));
    }

    /** After how long an attempt is late that has no connection yet. */
    static long lateConnectNanos(ServiceLoop known) {
        long usual = known.connects().percentileNanos(CONNECT_PERCENTILE, UNKNOWN_NANOS / CONNECT_FACTOR);
        return Math.min(Math.max(CONNECT_FACTOR * usual, CONNECT_FLOOR_NANOS), CONNECT_CEILING_NANOS);
    }

    /**
     * Decides what to do about a late attempt that {@link RetryRules} would let be followed by another one.
     *
     * <ul>
     *   <li>One that waits for its connection has sent nothing: another one may try to be faster, whatever the method.
     *   <li>A request without a body is hedged, if that is wanted.
     *   <li>One with a body is moved, as its body goes to one backend at a time.
     * </ul>
     */
    static Action late(Progress progress, boolean withBody, boolean hedging) {
        if (progress == Progress.NOTHING_SENT) {
            return Action.HEDGE;
        }
        if (withBody) {
            return Action.MOVE;
        }
        return hedging ? Action.HEDGE : Action.WAIT;
    }
}
