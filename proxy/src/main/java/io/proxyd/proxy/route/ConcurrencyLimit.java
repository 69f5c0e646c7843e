package io.proxyd.proxy.route;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How many requests of a service one event loop lets run at once: as many as come, until the backends are found to be overloaded.
 * That is when even the fastest answers take much longer than they do without load, as then all requests wait somewhere inside the
 * backends, and more of them at once only wait longer (a gradient limit, as in Netflix's concurrency-limits and Envoy's adaptive
 * concurrency; here on the fast answers, so that slow kinds of requests beside fast ones are no reason to limit anything). On the
 * event loop.
 */
public final class ConcurrencyLimit {
    private static final int NONE = Integer.MAX_VALUE;
    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int WINDOW_ANSWERS = 20;
    /** Of the answers in a window, the share that counts as the fast ones. */
    private static final int FAST_PART = 10;

    private static final int KEPT = 512;
    /** How much longer than without load the fast answers may take. */
    private static final double TOLERANCE = 3;

    private static final long TOLERANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** So many windows in a row, as one may be chance. */
    private static final int SUSTAINED = 2;

    private static final int CALM_WINDOWS = 40;
    /** By which the time without load, if it is exceeded for long, drifts up in each window: it doubles in a minute or so. */
    private static final double DRIFT = 1.003;

    private final long[] answers = new long[KEPT];
    private int answered;
    private long windowStart;
    private int inFlight;
    private int mostInFlight;
    private double usualNanos;
    private int limit = NONE;
    private int overloadedWindows;
    private int calmWindows;

    /** Whether one more would be too many. */
    boolean full(int floor) {
        return inFlight >= Math.max(limit, floor);
    }

    /** How many may run at once; {@link Integer#MAX_VALUE} for any number. */
    int allowed(int floor) {
        return Math.max(limit, floor);
    }

    void started() {
        inFlight++;
        mostInFlight = Math.max(mostInFlight, inFlight);
    }

    /** @param nanos from the start of the attempt to the head of its response; -1 if there was none */
    void ended(long nanos, long nowNanos) {
        inFlight--;
        if (nanos >= 0) {
            answers[answered++ % KEPT] = nanos;
        }
        if (answered >= WINDOW_ANSWERS && nowNanos - windowStart >= WINDOW_NANOS) {
            judge(fastNanos());
            answered = 0;
            mostInFlight = inFlight;
            windowStart = nowNanos;
        }
    }

    int inFlight() {
        return inFlight;
    }

    /** Whether there is a limit at the moment. */
    boolean limited() {
        return limit != NONE;
    }

    private long fastNanos() {
        int count = Math.min(answered, KEPT);
        Arrays.sort(answers, 0, count);
        return answers[count / FAST_PART];
    }

    private void judge(long fast) {
        if (usualNanos == 0 || fast < usualNanos) {
            usualNanos = fast;
        }
        double bearable = Math.max(TOLERANCE * usualNanos, usualNanos + TOLERANCE_NANOS);
        boolean overloaded = fast > bearable;
        overloadedWindows = overloaded ? overloadedWindows + 1 : 0;
        calmWindows = overloaded ? 0 : calmWindows + 1;
        if (overloadedWindows >= SUSTAINED) {
            double gradient = Math.max(0.5, bearable / fast);
            limit = Math.max(1, (int) (Math.min(limit, mostInFlight) * gradient));
        } else if (limit != NONE && !overloaded) {
            limit += 1 + (int) Math.sqrt(limit);
            limit = calmWindows >= CALM_WINDOWS && mostInFlight < limit / 2 ? NONE : limit;
        }
        usualNanos *= DRIFT;
    }
}
