package io.proxyd.ctl;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits, as {@link Thread#sleep(long)} does. */
interface Pause {
    /** Between two looks at something that is waited for. */
    long LOOK_MILLIS = 100;

    void millis(long millis) throws InterruptedException;

    /** Looks again and again; returns whether it came true in time. */
    default boolean until(BooleanSupplier condition, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            millis(LOOK_MILLIS);
        }
        return true;
    }
}
