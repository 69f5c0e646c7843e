package io.proxyd.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Decides when something that may happen all the time is worth a line in the log: at most every ten seconds. Any thread. */
final class RareLog {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final LongSupplier nanoTime;
    private final AtomicLong nextNanos;
    private final AtomicLong untold = new AtomicLong();

    RareLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.nextNanos = new AtomicLong(nanoTime.getAsLong());
    }

    /** Counts an event. Returns how many a line should tell of, or 0 if none is due. */
    long happened() {
        untold.getAndIncrement();
        long now = nanoTime.getAsLong();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + PAUSE_NANOS)) {
            return 0;
        }
        return untold.getAndSet(0);
    }
}
