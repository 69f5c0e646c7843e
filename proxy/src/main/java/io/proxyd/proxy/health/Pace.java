package io.proxyd.proxy.health;

import io.proxyd.config.HealthCheckConfig.Schedule;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** How long checks wait. On the event loop of the checks. */
final class Pace {
    /** How many backends that appear together are checked at once. */
    private static final int AT_ONCE = 16;
    /** Between the first checks of further ones. */
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final SplittableRandom random;

    Pace(SplittableRandom random) {
        this.random = random;
    }

    /**
     * From the start of a check to the start of the next: the interval, shorter or longer by up to its share of jitter.
     *
     * @param open whether it is an open question how the backend is
     */
    long waitNanos(Schedule schedule, boolean open) {
        double factor = 1 + schedule.jitter() * (2 * random.nextDouble() - 1);
        return (long) ((open ? schedule.openInterval() : schedule.interval()).toNanos() * factor);
    }

    /**
     * Until the first check of a backend, so that a thousand new ones are not connected to in one burst.
     *
     * @param position of the backend among those that appeared together, from 0
     */
    static long firstWaitNanos(int position, Schedule schedule) {
        long spread = Math.max(0, position - AT_ONCE + 1) * STEP_NANOS;
        return Math.min(spread, schedule.interval().toNanos());
    }
}
