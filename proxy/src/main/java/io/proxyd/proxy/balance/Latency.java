package io.proxyd.proxy.balance;

import java.util.concurrent.TimeUnit;

/**
 * How long a backend takes to answer: an average that rises at once to a peak and falls slowly, by e in {@link #DECAY_NANOS} (the
 * peak EWMA of Twitter's Finagle). A backend that is not asked is forgiven in the same way, but one request at a time: each
 * {@link #tried} takes the forgiveness back until there is an answer, so that a backend that is still slow delays one request and
 * not a burst.
 *
 * <p>Any thread, without a lock. Each of the fields is sound by itself: two threads that observe at once may lose one of the
 * two observations, no more.
 */
public final class Latency {
    /** In which the average falls by e. */
    static final double DECAY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** Answers after which a backend is known; the first ones open connections and warm caches. */
    private static final int KNOWN_AFTER = 3;

    /** What an unknown backend that already has requests in flight is expected to take: more than any known one. */
    private static final double UNKNOWN_NANOS = TimeUnit.DAYS.toNanos(1);

    /** What a failure adds to what is expected. */
    private static final double FAILURE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** In which that falls by e: after four seconds or so a backend that failed once is tried again. */
    private static final double FAILURE_DECAY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** When less than a millisecond of it is left. */
    private static final long FAILURE_FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(7);

    /** Not worth a write of {@link #triedNanos}, which all event loops read. */
    private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private volatile double averageNanos;
    private volatile long observedNanos;
    private volatile long triedNanos;
    private volatile int observations;
    private volatile boolean failed;
    private volatile long failedNanos;

    /**
     * An attempt was answered.
     *
     * @param nanos from its start to the head of its response
     * @param nowNanos as {@link System#nanoTime}
     */
    public void observe(long nanos, long nowNanos) {
        int before = observations;
        double average = averageNanos;
        if (before == 0) {
            triedNanos = nowNanos;
        }
        if (before < KNOWN_AFTER) {
            averageNanos = before == 0 ? (double) nanos : Math.min(average, (double) nanos);
        } else if (nanos >= average) {
            averageNanos = nanos;
        } else {
            averageNanos = nanos + (average - nanos) * left(nowNanos - observedNanos);
        }
        observedNanos = nowNanos;
        if (before < KNOWN_AFTER) {
            observations = before + 1;
        }
    }

    /**
     * An attempt was given up, for whatever reason, so that its answer would have taken longer than this. That counts if it says
     * something new: no short time speaks for a backend that has not answered.
     *
     * @param nanos from its start until it was given up
     * @param nowNanos as {@link System#nanoTime}
     */
    public void atLeast(long nanos, long nowNanos) {
        if (!known() || nanos > averageNanos) {
            observe(nanos, nowNanos);
        }
    }

    /**
     * An attempt failed by the backend's doing, however fast. For some seconds that weighs like a slow answer, as else a backend that
     * fails at once would look fast and idle, and draw requests to itself. It is forgotten sooner than slowness: one failure among
     * many good answers says little.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public void failed(long nowNanos) {
        failedNanos = nowNanos;
        failed = true;
    }

    /** Forgets all, for a backend that is back after it was out: what was before says nothing about it. */
    public void restart() {
        observations = 0;
        failed = false;
    }

    /** A request is sent to it now. */
    void tried(long nowNanos) {
        if (nowNanos - observedNanos > SHORT_NANOS) {
            triedNanos = nowNanos;
        }
    }

    /**
     * What the next answer is expected to take. Of an unknown backend nothing is expected while it is idle, so it is tried, and
     * the worst while it has requests in flight, so that a burst does not land on it.
     */
    double expectedNanos(int inFlight, long nowNanos) {
        double forFailure = failed ? forFailureNanos(nowNanos) : 0;
        if (observations < KNOWN_AFTER) {
            return (inFlight == 0 ? 0 : UNKNOWN_NANOS) + forFailure;
        }
        long idle = Math.min(nowNanos - observedNanos, nowNanos - triedNanos);
        return averageNanos * left(idle) + forFailure;
    }

    private double forFailureNanos(long nowNanos) {
        long since = Math.max(0, nowNanos - failedNanos);
        if (since > FAILURE_FORGOTTEN_NANOS) {
            failed = false;
            return 0;
        }
        return FAILURE_NANOS * Math.exp(-since / FAILURE_DECAY_NANOS);
    }

    /** Whether it was answered often enough to tell. */
    boolean known() {
        return observations >= KNOWN_AFTER;
    }

    /** Which share of the average is left after a time. */
    private static double left(long nanos) {
        double time = Math.max(0, nanos) / DECAY_NANOS;
        return time < 1.0 / 64 ? 1 - time : Math.exp(-time); // as good for short times, and cheaper
    }
}
