package io.proxyd.proxy;

import io.netty.channel.EventLoop;
import io.proxyd.proxy.telemetry.MemoryUse;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when so much memory is in use that further requests are to be refused, and those ended that are about to take more, so that
 * proxyd never runs out of it. Samples heap and direct memory on one thread; any thread may ask.
 */
final class MemoryGuard {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryGuard.class);
    private static final long CALM_MILLIS = 100;
    /** Once a good part of the budget is in use. */
    private static final long ALERT_MILLIS = 5;

    private static final double ALERT_SHARE = 0.5;
    /** The part of the budget below which there is enough again; less than all of it, so that the two do not alternate. */
    private static final double ENOUGH_PART = 0.9;
    /** While requests are refused hardly anything is allocated, so that no collection would come by itself to end that. */
    private static final long COLLECTION_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int KIB = 1024;

    private final MemoryReader reader;
    private final Runnable collection;
    private final LongSupplier nanoTime;
    private final boolean limits;
    private final long heapBudgetBytes;
    private final long directBudgetBytes;
    private volatile boolean tooMuch;
    private long lastCollectionNanos;

    /**
     * Watches nothing until it is told to sample.
     *
     * @param share of either memory that may be in use; 1 for no limit
     * @param collection asks for a collection of garbage
     */
    MemoryGuard(MemoryReader reader, double share, Runnable collection, LongSupplier nanoTime) {
        this.reader = reader;
        this.collection = collection;
        this.nanoTime = nanoTime;
        this.limits = share < 1;
        this.heapBudgetBytes = (long) (reader.heapMaxBytes() * share);
        this.directBudgetBytes = (long) (reader.directMaxBytes() * share);
        this.lastCollectionNanos = nanoTime.getAsLong();
    }

    /** One for this process. */
    static MemoryGuard of(double share) {
        return new MemoryGuard(new JvmMemory(), share, System::gc, System::nanoTime);
    }

    /** Samples on that event loop until it ends, unless there is no limit. */
    void watch(EventLoop loop) {
        if (!limits) {
            return;
        }
        sample();
        loop.schedule(() -> watch(loop), alert() ? ALERT_MILLIS : CALM_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Whether further requests are to be refused. Any thread. */
    boolean isShort() {
        return tooMuch;
    }

    /** As of now. Any thread. */
    MemoryUse use() {
        return new MemoryUse(reader.heapBytes(), heapBudgetBytes, reader.directBytes(), directBudgetBytes);
    }

    /** Looks at the memory. One thread at a time. */
    void sample() {
        boolean before = tooMuch;
        double part = before ? ENOUGH_PART : 1;
        boolean heapShort = reader.heapBytes() > part * heapBudgetBytes;
        boolean now = heapShort || reader.directBytes() > part * directBudgetBytes;
        tooMuch = now;
        if (now != before) {
            tell(now);
        }
        if (heapShort && nanoTime.getAsLong() - lastCollectionNanos >= COLLECTION_NANOS) {
            collection.run();
            lastCollectionNanos = nanoTime.getAsLong();
        }
    }

    private boolean alert() {
        return tooMuch
                || reader.heapBytes() > ALERT_SHARE * heapBudgetBytes
                || reader.directBytes() > ALERT_SHARE * directBudgetBytes;
    }

    private void tell(boolean nowShort) {
        MemoryUse use = use();
        String numbers = "heap " + kib(use.heapBytes(), heapBudgetBytes) + ", direct "
                + kib(use.directBytes(), directBudgetBytes);
        if (nowShort) {
            LOG.warn("short of memory, new requests are refused: {}", numbers);
        } else {
            LOG.info("enough memory again: {}", numbers);
        }
    }

    private static String kib(long bytes, long budgetBytes) {
        return bytes / KIB + " of " + budgetBytes / KIB + " KiB";
    }
}
