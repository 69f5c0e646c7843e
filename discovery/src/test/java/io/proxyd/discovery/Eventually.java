package io.proxyd.discovery;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline. */
public final class Eventually {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private Eventually() {}

    /** @throws AssertionError when it does not hold within 20 s; says what was there instead */
    public static void until(BooleanSupplier condition, Supplier<?> seen) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + DEADLINE.toSeconds() + " s; seen: " + seen.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
