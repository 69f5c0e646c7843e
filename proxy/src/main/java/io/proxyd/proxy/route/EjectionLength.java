package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import java.time.Duration;

/**
 * How long the ejections of one backend last: twice as long as the one before if that ended not long ago, and one step shorter
 * again for each such while without any. So a backend that flaps is out longer each time. Guarded by its ejection.
 */
final class EjectionLength {
    /** An ejection is a relapse within this many times the length of the one before. */
    private static final int RELAPSE_FACTOR = 10;

    private static final Duration SHORTEST_RELAPSE = Duration.ofMinutes(1);
    private static final int MOST_DOUBLINGS = 20;

    private int level;
    private Duration last = Duration.ZERO;
    private long lastEndNanos;

    /** Begins an ejection at that time and says how long it lasts. */
    Duration next(ServiceConfig.Ejection rule, long nowNanos) {
        if (!last.isZero()) {
            long relapse = relapse().toNanos();
            long calm = Math.max(0, nowNanos - lastEndNanos);
            level = calm < relapse ? Math.min(level + 1, MOST_DOUBLINGS) : (int) Math.max(0, level - calm / relapse);
        }
        last = shorter(rule.base().multipliedBy(1L << level), rule.max());
        lastEndNanos = nowNanos + last.toNanos();
        return last;
    }

    /** The newest one ended, or will, before its time. */
    void ended(long endNanos) {
        lastEndNanos = endNanos;
    }

    /**
     * How long the newest one lasts at least, though a health check speaks for the backend: each time by the base longer.
     *
     * @param disproved whether the check has shown the very thing to work that had failed: then a first ejection may end at once
     */
    Duration least(ServiceConfig.Ejection rule, boolean disproved) {
        return shorter(rule.base().multipliedBy(disproved ? level : level + 1L), last);
    }

    private Duration relapse() {
        Duration relapse = last.multipliedBy(RELAPSE_FACTOR);
        return relapse.compareTo(SHORTEST_RELAPSE) < 0 ? SHORTEST_RELAPSE : relapse;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
