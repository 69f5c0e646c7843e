package io.proxyd.proxy.route;

import java.time.Duration;
import java.util.List;

/**
 * Lets the weight of a new backend grow from a tenth to the whole, in steps, compared with the oldest one: where all are equally
 * new none is slowed, as somebody has to do the work. Pure but for the {@link WarmUp} that it begins.
 */
final class SlowStart {
    private static final int STEPS = 18;
    private static final double FIRST = 0.1;

    /** One factor for each backend, the largest of them 1; and when they will be others. */
    record Factors(double[] values, long validUntilNanos) {}

    private final long lengthNanos;
    private final long stepNanos;

    /** @param length zero for none */
    SlowStart(Duration length) {
        this.lengthNanos = length.toNanos();
        this.stepNanos = Math.max(1, lengthNanos / STEPS);
    }

    /**
     * @param backends that may be picked from now on, if they could not before
     * @param foreverNanos the time to give if nothing will change
     */
    Factors of(List<LiveBackend> backends, long nowNanos, long foreverNanos) {
        double[] factors = new double[backends.size()];
        long[] ages = new long[factors.length];
        long oldest = 0;
        for (int i = 0; i < factors.length; i++) {
            ages[i] = backends.get(i).warmUp().ageNanos(nowNanos);
            oldest = Math.max(oldest, ages[i]);
        }
        double largest = factor(oldest);
        boolean anySlowed = false;
        long left = Long.MAX_VALUE;
        for (int i = 0; i < factors.length; i++) {
            // Those that came together, but for the time of a check or two, are equally new.
            boolean slowed = oldest - ages[i] >= stepNanos && ages[i] < lengthNanos;
            factors[i] = slowed ? factor(ages[i]) / largest : 1;
            anySlowed |= slowed;
            left = ages[i] < lengthNanos ? Math.min(left, stepNanos - ages[i] % stepNanos) : left;
        }
        return new Factors(factors, anySlowed ? nowNanos + left : foreverNanos);
    }

    private double factor(long ageNanos) {
        if (ageNanos >= lengthNanos) {
            return 1;
        }
        long step = ageNanos / stepNanos;
        return FIRST + (1 - FIRST) * Math.min(1, step / (double) STEPS);
    }
}
