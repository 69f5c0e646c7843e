package io.proxyd.proxy.route;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Decides how many backends of one service may be ejected at the same time: the one place where that is done. Any thread. */
final class EjectedShare {
    /** So that a share of 0.3 of ten is three, whatever its binary fraction says. */
    private static final double ROUNDING = 1e-9;

    private final AtomicLong refused = new AtomicLong();
    private volatile List<LiveBackend> backends = List.of();
    private volatile boolean refusing;

    /** Says who belongs to the service from now on. */
    void of(List<LiveBackend> all) {
        backends = all;
    }

    /**
     * Ejects one, unless too many are out: more than the share of those that take requests, or all others that do. One may
     * always be out if another remains, and all if the share is 1.
     *
     * @param ejecting runs if it may be
     */
    synchronized boolean eject(LiveBackend one, double maxShare, long nowNanos, Runnable ejecting) {
        if (maxShare < 1 && !allows(one, maxShare, nowNanos)) {
            refused.incrementAndGet();
            return false;
        }
        refusing = false;
        ejecting.run();
        return true;
    }

    private boolean allows(LiveBackend one, double maxShare, long nowNanos) {
        int willing = 1;
        int out = 1;
        for (LiveBackend other : backends) {
            if (other != one && willing(other)) {
                willing++;
                out += other.ejection().active(nowNanos) ? 1 : 0;
            }
        }
        int allowed = Math.max(1, (int) (maxShare * willing + ROUNDING));
        return out <= allowed && others(one, nowNanos);
    }

    /** Whether requests can go elsewhere. */
    boolean others(LiveBackend one, long nowNanos) {
        for (LiveBackend other : backends) {
            boolean fit = other != one && willing(other) && !other.out(nowNanos);
            if (fit && other.health().health() != HealthVerdict.Health.FAILING) {
                return true;
            }
        }
        return false;
    }

    private static boolean willing(LiveBackend backend) {
        return backend.terms().willing()
                && backend.address() != null
                && backend.health().drainingSince() == null;
    }

    /** Whether this refusal is the first since an ejection was last allowed. */
    synchronized boolean firstRefusal() {
        boolean first = !refusing;
        refusing = true;
        return first;
    }

    /** How many ejections were refused. */
    long refused() {
        return refused.get();
    }
}
