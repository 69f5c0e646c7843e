package io.proxyd.proxy.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Waits for conditions that have no event to wait for. */
final class Eventually {
    static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(1);

    private Eventually() {}

    /** Something that is true sooner or later. */
    interface Condition {
        boolean holds() throws IOException;
    }

    static void until(String what, Condition condition) {
        long start = System.nanoTime();
        while (!holds(condition)) {
            if (System.nanoTime() - start > DEADLINE.toNanos()) {
                throw new AssertionError("not within " + DEADLINE.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static boolean holds(Condition condition) {
        try {
            return condition.holds();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until a value has stood still for that long, and returns it. */
    static long steady(LongSupplier value, Duration still) {
        long last = value.getAsLong();
        long since = System.nanoTime();
        long start = since;
        while (System.nanoTime() - since < still.toNanos()) {
            if (System.nanoTime() - start > DEADLINE.toNanos()) {
                throw new AssertionError("still moving after " + DEADLINE.toSeconds() + " s, now at " + last);
            }
            LockSupport.parkNanos(POLL.toNanos());
            long now = value.getAsLong();
            if (now != last) {
                last = now;
                since = System.nanoTime();
            }
        }
        return last;
    }
}
