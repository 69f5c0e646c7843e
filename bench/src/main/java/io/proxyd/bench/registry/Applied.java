package io.proxyd.bench.registry;

import io.proxyd.bench.registry.Changes.Written;
import io.proxyd.proxy.route.RoutingTable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Looks every half millisecond which revision requests are served from, and so when each write was applied. */
final class Applied implements Runnable {
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final Supplier<@Nullable RoutingTable> table;
    private final Changes changes;
    private final Histogram times = new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
    private volatile boolean stopped;
    private int tables;

    Applied(Supplier<@Nullable RoutingTable> table, Changes changes) {
        this.table = table;
        this.changes = changes;
    }

    /** Until {@link #stop}. */
    @Override
    public void run() {
        RoutingTable seen = null;
        while (!stopped) {
            RoutingTable now = table.get();
            if (now != null && now != seen) {
                tables++;
                seen = now;
            }
            if (seen != null) {
                take(seen.catalog().revision());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** A write counts when etcd's answer is here and the table has it; whichever comes last. */
    private void take(long revision) {
        long now = System.nanoTime();
        changes.written().removeIf(written -> applied(written, revision, now));
    }

    private boolean applied(Written written, long revision, long now) {
        if (written.revision() > revision) {
            return false;
        }
        times.recordValue(Math.max(0, now - written.nanos()));
        return true;
    }

    void stop() {
        stopped = true;
    }

    /** From etcd's acknowledgement to the routing table; to be read after the end. */
    Histogram times() {
        return times;
    }

    /** How many tables were seen; to be read after the end. */
    int tables() {
        return tables;
    }
}
