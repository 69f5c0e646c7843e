package io.proxyd.proxy.route;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The rest that a backend asked for by Retry-After: no ejection, as it says nothing against the backend. Any thread. */
public final class Rest {
    private static final Duration LONGEST = Duration.ofSeconds(30);
    /** A rest is not made longer for less than this, so that many such answers at once change nothing. */
    private static final long STEP_NANOS = Duration.ofSeconds(1).toNanos();

    private record Term(Instant since, long endNanos) {}

    private volatile @Nullable Term term;

    /** Begins it or makes it longer; false if neither is needed. */
    synchronized boolean askedFor(Duration time, long nowNanos, InstantSource clock) {
        Duration bounded = time.compareTo(LONGEST) > 0 ? LONGEST : time;
        long endNanos = nowNanos + bounded.toNanos();
        Term before = term;
        if (bounded.isNegative() || bounded.isZero()) {
            return false;
        }
        if (before == null || nowNanos - before.endNanos() >= 0) {
            term = new Term(clock.instant(), endNanos);
            return true;
        }
        if (endNanos - before.endNanos() < STEP_NANOS) {
            return false;
        }
        term = new Term(before.since(), endNanos);
        return true;
    }

    /** Whether it lasts at that time. */
    public boolean active(long nowNanos) {
        Term current = term;
        return current != null && nowNanos - current.endNanos() < 0;
    }

    /** When it ends, as {@link System#nanoTime}; meaningful while {@link #active}. */
    public long endNanos() {
        Term current = term;
        return current == null ? 0 : current.endNanos();
    }

    /** When it began; meaningful while {@link #active}. */
    public Instant since() {
        Term current = term;
        return current == null ? Instant.EPOCH : current.since();
    }
}
