package io.proxyd.proxy.telemetry;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.exchange.ExchangeRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each exchange. Event loops only put records into a bounded queue; a thread of its own makes lines of
 * them and writes them in batches. A record that finds the queue full, or that cannot be written, is dropped and counted.
 */
public final class AccessLog implements ExchangeLog, AutoCloseable {
    /** At 100,000 requests per second this outlasts a pause of the disk of 160 ms. */
    static final int QUEUE_CAPACITY = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int BATCH_CHARS = 64 * 1024;
    /** How long records gather between two batches, so that under load an event loop seldom has to wake the writer. */
    private static final Duration GATHERING = Duration.ofMillis(20);

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

    private final OutputStream stdout;
    private final Queue<ExchangeRecord> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicReference<@Nullable AccessLogOutput> next = new AtomicReference<>();
    private final Thread writer;

    private volatile AccessLogConfig config;
    private volatile boolean enabled;
    private volatile boolean waiting;
    private volatile boolean closed;

    /** Whether the newest write failed; the writer's own. */
    private boolean failing;

    private AccessLog(AccessLogConfig config, OutputStream stdout) {
        this.config = config;
        this.stdout = stdout;
        AccessLogOutput first = AccessLogOutput.open(config, stdout);
        enabled = wanted(config);
        writer = new Thread(() -> run(first), "proxyd-access-log");
        writer.setDaemon(true);
    }

    /**
     * Opens the log and starts its thread.
     *
     * @param stdout borrowed: where lines go if the configuration says stdout
     * @throws AccessLogException if the file cannot be opened
     */
    public static AccessLog open(AccessLogConfig config, OutputStream stdout) {
        AccessLog log = new AccessLog(config, stdout);
        log.writer.start();
        return log;
    }

    /**
     * Changes where and how lines are written; a file that stays the same is opened anew. Records taken before are still
     * written to the old place. Called by the control loop; does nothing once closed.
     *
     * @throws AccessLogException if the file cannot be opened; everything stays as it was
     */
    public synchronized void configure(AccessLogConfig newConfig) {
        if (closed) {
            return;
        }
        AccessLogOutput opened = AccessLogOutput.open(newConfig, stdout);
        config = newConfig;
        enabled = wanted(newConfig);
        AccessLogOutput neverUsed = next.getAndSet(opened);
        if (neverUsed != null) {
            close(neverUsed);
        }
        LockSupport.unpark(writer);
    }

    /**
     * Opens the file anew, after it was moved away by log rotation.
     *
     * @throws AccessLogException if it cannot be opened; lines still go to the old one
     */
    public void reopen() {
        configure(config);
    }

    @Override
    public boolean enabled() {
        return enabled;
    }

    @Override
    public void record(ExchangeRecord record) {
        if (closed || queued.get() >= QUEUE_CAPACITY) {
            dropped.getAndIncrement();
            return;
        }
        queued.getAndIncrement();
        queue.add(record);
        if (waiting) {
            waiting = false;
            LockSupport.unpark(writer);
        }
    }

    /** Records that were not written. Any thread. */
    public long dropped() {
        return dropped.get();
    }

    /** Writes what is queued and closes the file; gives up after some seconds if the output takes nothing. */
    @Override
    public void close() {
        synchronized (this) {
            enabled = false;
            closed = true;
        }
        LockSupport.unpark(writer);
        try {
            writer.join(LONGEST_CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (writer.isAlive()) {
            LOG.warn("access log: {} records were not written in {}", queued.get(), LONGEST_CLOSE);
        }
    }

    private void run(AccessLogOutput first) {
        AccessLogOutput output = first;
        boolean ending = false;
        for (int written = 0; !ending || written > 0; ) {
            ending = closed;
            AccessLogOutput following = next.getAndSet(null);
            written = drain(output);
            if (following != null) {
                close(output);
                output = following;
            }
            pause(written);
        }
        close(output);
    }

    /** Gathers more after a batch; waits for the next record after none. */
    private void pause(int written) {
        if (closed) {
            return;
        }
        if (written > 0) {
            LockSupport.parkNanos(this, GATHERING.toNanos());
            return;
        }
        waiting = true;
        if (queue.isEmpty() && next.get() == null && !closed) {
            LockSupport.park(this);
        }
        waiting = false;
    }

    /** Writes what is queued, at most as much as fits the queue, so that a change of the output is noticed under load. */
    private int drain(AccessLogOutput output) {
        StringBuilder lines = new StringBuilder();
        int inBatch = 0;
        int taken = 0;
        for (ExchangeRecord record; taken < QUEUE_CAPACITY && (record = queue.poll()) != null; taken++) {
            queued.getAndDecrement();
            output.format().append(record, lines);
            inBatch++;
            if (lines.length() >= BATCH_CHARS) {
                write(lines, inBatch, output);
                lines.setLength(0);
                inBatch = 0;
            }
        }
        if (inBatch > 0) {
            write(lines, inBatch, output);
        }
        return taken;
    }

    private void write(StringBuilder lines, int count, AccessLogOutput output) {
        try {
            output.write(lines);
            if (failing) {
                LOG.info("access log: lines are written again");
            }
            failing = false;
        } catch (IOException e) {
            dropped.getAndAdd(count);
            if (!failing) {
                LOG.warn("access log: lines are dropped, as {} cannot be written: {}", output, e.toString());
            }
            failing = true;
        }
    }

    private static void close(AccessLogOutput output) {
        try {
            output.close();
        } catch (IOException e) {
            LOG.warn("access log: closing {} failed: {}", output, e.toString());
        }
    }

    private static boolean wanted(AccessLogConfig config) {
        return !(config.output() instanceof AccessLogConfig.Output.Off);
    }
}
