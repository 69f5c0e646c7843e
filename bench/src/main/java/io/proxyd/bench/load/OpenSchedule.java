package io.proxyd.bench.load;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Which request is due when, and which connection takes it: the free one that was used longest ago. While all are busy,
 * requests that fall due wait, and their clock runs. All on one event loop, except where a method says otherwise.
 */
final class OpenSchedule {
    private static final long MAX_LATENCY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int DIGITS = 3;
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final EventLoop loop;
    private final double nanosPerRequest;
    private final long warmUpNanos;
    private final long endNanos;
    private final ArrayDeque<LoadConnection> free = new ArrayDeque<>();
    private final Histogram latencies = new Histogram(MAX_LATENCY_NANOS, DIGITS);
    private final CompletableFuture<Result> result = new CompletableFuture<>();
    private long startNanos;
    private long started;
    private long ended;
    private long failed;
    private boolean measuring;
    private long skipped;

    /**
     * What was measured.
     *
     * @param failed answers that were not 200, and connections lost with a request on them
     * @param unanswered requests that fell due and had no answer 2 s after the end
     */
    record Result(Histogram latencies, long failed, long unanswered) {}

    OpenSchedule(EventLoop loop, double rate, Duration warmUp, Duration measured) {
        this.loop = loop;
        this.nanosPerRequest = TimeUnit.SECONDS.toNanos(1) / rate;
        this.warmUpNanos = warmUp.toNanos();
        this.endNanos = warmUp.plus(measured).toNanos();
    }

    /** Any thread. */
    void start() {
        loop.execute(() -> {
            startNanos = System.nanoTime();
            tick();
        });
    }

    /** Any thread; done when the time is over. */
    Future<Result> result() {
        return result;
    }

    /** A connection has nothing to do. */
    void free(LoadConnection connection) {
        free.addLast(connection);
        if (startNanos != 0) {
            sendDue();
        }
    }

    /** An answer has come to the request that was due at {@code dueNanos}. */
    void answered(long dueNanos, boolean ok) {
        ended++;
        if (dueNanos < warmUpNanos) {
            return;
        }
        if (ok) {
            latencies.recordValue(Math.min(elapsed() - dueNanos, MAX_LATENCY_NANOS));
        } else {
            failed++;
        }
    }

    private void tick() {
        sendDue();
        long now = elapsed();
        if (now < endNanos) {
            loop.schedule(this::tick, Math.max(1, due(started) - now), TimeUnit.NANOSECONDS);
        } else if (ended == due() || now > endNanos + GRACE.toNanos()) {
            result.complete(new Result(latencies, failed, due() - ended));
        } else {
            loop.schedule(this::tick, 1, TimeUnit.MILLISECONDS);
        }
    }

    private void sendDue() {
        long now = elapsed();
        if (!measuring && now >= warmUpNanos) {
            measure(now);
        }
        while (!free.isEmpty() && due(started) <= now && due(started) < endNanos) {
            free.removeFirst().send(due(started++));
        }
    }

    /** Drops what the cold generator left unsent, which is no delay of the server's. */
    private void measure(long now) {
        measuring = true;
        long next = Math.max(started, (long) Math.ceil(now / nanosPerRequest));
        skipped = next - started;
        started = next;
    }

    private long due(long request) {
        return (long) (request * nanosPerRequest);
    }

    /** How many requests fall due until the end and are not skipped. */
    private long due() {
        return (long) Math.ceil(endNanos / nanosPerRequest) - skipped;
    }

    private long elapsed() {
        return System.nanoTime() - startNanos;
    }
}
