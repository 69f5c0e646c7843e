package io.proxyd.discovery.etcd;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: a uniform pause between nothing and a bound that doubles with each failure.
 *
 * <p>After "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): it spreads many clients of one etcd best.
 */
final class Backoff {
    private static final int MAX_DOUBLINGS = 20;

    private final Duration first;
    private final Duration max;
    private final RandomGenerator random;

    Backoff(Duration first, Duration max, RandomGenerator random) {
        this.first = first;
        this.max = max;
        this.random = random;
    }

    /** @param failures in a row before the pause, 0 or more */
    Duration pause(int failures) {
        long doubled = first.toNanos() << Math.min(failures, MAX_DOUBLINGS);
        long bound = Math.min(doubled, max.toNanos());
        return Duration.ofNanos(random.nextLong(bound + 1));
    }

    /** A uniform pause from three to five quarters of this one, so that many who do the same do not do it together. */
    Duration around(Duration pause) {
        long quarter = pause.toNanos() / 4;
        return Duration.ofNanos(3 * quarter + random.nextLong(2 * quarter + 1));
    }
}
