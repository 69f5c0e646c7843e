package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Passive removal of one backend: after so many consecutive failed connects it is out, each time for twice as long. It ends by
 * the clock, or when connects succeed again. Any thread.
 */
public final class Ejection {
    /** The state at a moment; all zero while nothing is wrong. */
    private record State(int failures, int ejections, long endNanos, Instant since, boolean ejected) {
        static final State CALM = new State(0, 0, 0, Instant.EPOCH, false);
    }

    private volatile ServiceConfig.Ejection rule;
    private volatile State state = State.CALM;
    private volatile Instant ended = Instant.EPOCH;
    private volatile long total;

    Ejection(ServiceConfig.Ejection rule) {
        this.rule = rule;
    }

    void rule(ServiceConfig.Ejection newRule) {
        rule = newRule;
    }

    /** A connect failed; true if that ejected the backend. */
    synchronized boolean failed(long nowNanos, Instant now) {
        State before = state;
        if (rule.connectFailures() == 0 || activeAt(before, nowNanos)) {
            return false;
        }
        int failures = before.failures() + 1;
        if (failures < rule.connectFailures()) {
            state = new State(failures, before.ejections(), before.endNanos(), before.since(), false);
            return false;
        }
        Duration length = length(before.ejections());
        // One failure short of the threshold, so that the first failed connect after the ejection starts the next one.
        state = new State(rule.connectFailures() - 1, before.ejections() + 1, nowNanos + length.toNanos(), now, true);
        ended = now.plus(length);
        total++;
        return true;
    }

    /** What a connect that succeeds puts right. */
    enum Cleared {
        NOTHING,
        FAILURES,
        EJECTION
    }

    /** A connect succeeded. */
    Cleared succeeded(InstantSource clock) {
        if (state.equals(State.CALM)) {
            return Cleared.NOTHING;
        }
        synchronized (this) {
            boolean ejected = state.ejected();
            state = State.CALM;
            Instant now = clock.instant();
            ended = ended.isAfter(now) ? now : ended;
            return ejected ? Cleared.EJECTION : Cleared.FAILURES;
        }
    }

    /** Whether the backend is out at that time. */
    public boolean active(long nowNanos) {
        return activeAt(state, nowNanos);
    }

    /** When it ends, as {@link System#nanoTime}; meaningful while {@link #active}. */
    public long endNanos() {
        return state.endNanos();
    }

    /** When it began; meaningful while {@link #active}. */
    public Instant since() {
        return state.since();
    }

    /** When the last one ended or will end; {@link Instant#EPOCH} if there was none. */
    public Instant ended() {
        return ended;
    }

    /** How often the backend was ejected in its life. */
    public long total() {
        return total;
    }

    private static boolean activeAt(State state, long nowNanos) {
        return state.ejected() && nowNanos - state.endNanos() < 0;
    }

    private Duration length(int ejectionsBefore) {
        Duration length = rule.base().multipliedBy(1L << Math.min(ejectionsBefore, 20));
        return length.compareTo(rule.max()) > 0 ? rule.max() : length;
    }
}
