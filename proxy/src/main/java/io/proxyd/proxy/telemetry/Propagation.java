package io.proxyd.proxy.telemetry;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** How long changes take from etcd to the routing table, counted in buckets. Any thread. */
public final class Propagation {
    /** Upper bounds of the buckets; one without a bound follows. */
    static final Duration[] BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60)
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final AtomicLong sumNanos = new AtomicLong();
    private volatile @Nullable Duration last;

    /** One change took this long; a clock that was set back counts as no time. */
    public void took(Duration time) {
        Duration counted = time.isNegative() ? Duration.ZERO : time;
        int bucket = 0;
        while (bucket < BOUNDS.length && counted.compareTo(BOUNDS[bucket]) > 0) {
            bucket++;
        }
        counts.incrementAndGet(bucket);
        sumNanos.addAndGet(counted.toNanos());
        last = counted;
    }

    /** Of the newest change; null before the first. */
    public @Nullable Duration last() {
        return last;
    }

    long count(int bucket) {
        return counts.get(bucket);
    }

    double sumSeconds() {
        return (double) sumNanos.get() / TimeUnit.SECONDS.toNanos(1);
    }
}
