package io.proxyd.proxy.route;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/** What one event loop counted of one backend. That loop alone writes, without atomic read-modify-write; any thread reads. */
public final class Traffic {
    private static final int CLASSES = 6;
    private static final int FAILED_ATTEMPTS = CLASSES;
    private static final int CONNECTS = CLASSES + 1;
    private static final int CONNECT_FAILURES = CLASSES + 2;
    private static final int LATENCY_SUM = CLASSES + 3;
    private static final int GIVEN_UP = CLASSES + 4;
    private static final int FIRST_BUCKET = CLASSES + 5;

    /** Upper bounds of the latency buckets, in nanoseconds, from 100 µs to 80 s; a last bucket has no bound. */
    private static final long[] BOUNDS = bounds();

    private final AtomicLongArray counts = new AtomicLongArray(FIRST_BUCKET + BOUNDS.length + 1);

    static Traffic[] perLoop(int loops) {
        Traffic[] traffic = new Traffic[loops];
        for (int i = 0; i < loops; i++) {
            traffic[i] = new Traffic();
        }
        return traffic;
    }

    /** A response went to the client. */
    public void responded(int status, long latencyNanos) {
        add(status / 100, 1);
        add(LATENCY_SUM, latencyNanos);
        add(FIRST_BUCKET + bucket(latencyNanos), 1);
    }

    /** An attempt ended without a whole response. */
    public void attemptFailed() {
        add(FAILED_ATTEMPTS, 1);
    }

    /** An attempt was given up as another one answers in its place. */
    public void attemptGivenUp() {
        add(GIVEN_UP, 1);
    }

    /** A connection opened. */
    public void connected() {
        add(CONNECTS, 1);
    }

    /** A connection did not open. */
    public void connectFailed() {
        add(CONNECT_FAILURES, 1);
    }

    /** Responses of a status class, 1 to 5. */
    public long responses(int statusClass) {
        return counts.get(statusClass);
    }

    public long failedAttempts() {
        return counts.get(FAILED_ATTEMPTS);
    }

    public long attemptsGivenUp() {
        return counts.get(GIVEN_UP);
    }

    public long connects() {
        return counts.get(CONNECTS);
    }

    public long connectFailures() {
        return counts.get(CONNECT_FAILURES);
    }

    public long latencySumNanos() {
        return counts.get(LATENCY_SUM);
    }

    /** Responses whose latency lies in bucket {@code i}, above bound i - 1 and up to bound i. */
    public long inBucket(int i) {
        return counts.get(FIRST_BUCKET + i);
    }

    /** How many buckets there are, the unbounded one included. */
    public static int buckets() {
        return BOUNDS.length + 1;
    }

    /** The upper bound of bucket {@code i} in nanoseconds, {@link Long#MAX_VALUE} for the last. */
    public static long boundNanos(int i) {
        return i < BOUNDS.length ? BOUNDS[i] : Long.MAX_VALUE;
    }

    static int bucket(long nanos) {
        int low = 0;
        int high = BOUNDS.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nanos <= BOUNDS[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private void add(int index, long amount) {
        counts.lazySet(index, counts.getPlain(index) + amount);
    }

    private static long[] bounds() {
        int[] tenths = {10, 15, 20, 25, 30, 40, 50, 60, 80};
        int decades = 6;
        long[] bounds = new long[tenths.length * decades];
        long unit = TimeUnit.MICROSECONDS.toNanos(10);
        for (int d = 0, i = 0; d < decades; d++, unit *= 10) {
            for (int tenth : tenths) {
                bounds[i++] = tenth * unit;
            }
        }
        return bounds;
    }
}
