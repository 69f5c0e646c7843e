package io.proxyd.proxy.route;

import java.util.concurrent.TimeUnit;

/**
 * How long something usually takes, by the last thousand times or so: a histogram of logarithmic buckets, each a fifth wider than the one
 * before on average, that is halved when it is full. On one event loop.
 */
public final class LatencyWindow {
    /** With fewer times than that nothing is known. */
    private static final int ENOUGH = 32;

    private static final int FULL = 1024;
    private static final int RENEW_EVERY = 128;
    /** A microsecond or so. */
    private static final int UNIT_BITS = 10;

    private static final int STEP_BITS = 2;
    private static final int BUCKETS = (Long.SIZE - UNIT_BITS) << STEP_BITS;

    private final int[] counts = new int[BUCKETS];
    private int total;
    private int sinceRenewed = RENEW_EVERY;
    private double share = -1;
    private long nanos = -1;

    /** Takes in one time. */
    public void add(long took) {
        counts[bucket(took)]++;
        sinceRenewed++;
        if (++total >= FULL) {
            halve();
        }
    }

    /**
     * The time within which this share of all ended, rounded up to the border of its bucket.
     *
     * @param wanted from 0 to 1
     * @param unknown the answer while there were too few
     */
    public long percentileNanos(double wanted, long unknown) {
        if (total < ENOUGH) {
            return unknown;
        }
        if (sinceRenewed >= RENEW_EVERY || wanted != share) {
            sinceRenewed = 0;
            share = wanted;
            nanos = compute(wanted);
        }
        return nanos;
    }

    private long compute(double wanted) {
        long left = (long) Math.ceil(wanted * total);
        for (int i = 0; i < BUCKETS; i++) {
            left -= counts[i];
            if (left <= 0) {
                return upperNanos(i);
            }
        }
        return TimeUnit.HOURS.toNanos(1);
    }

    private void halve() {
        total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] >>= 1;
            total += counts[i];
        }
    }

    private static int bucket(long nanos) {
        long units = Math.max(0, nanos) >>> UNIT_BITS;
        if (units < 1 << STEP_BITS) {
            return (int) units;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(units);
        int step = (int) (units >>> (exponent - STEP_BITS)) & ((1 << STEP_BITS) - 1);
        return ((exponent - STEP_BITS + 1) << STEP_BITS) + step;
    }

    private static long upperNanos(int bucket) {
        int next = bucket + 1;
        if (next <= 1 << STEP_BITS) {
            return (long) next << UNIT_BITS;
        }
        int exponent = (next >> STEP_BITS) + STEP_BITS - 1;
        long step = next & ((1 << STEP_BITS) - 1);
        return ((1L << exponent) + (step << (exponent - STEP_BITS))) << UNIT_BITS;
    }
}
