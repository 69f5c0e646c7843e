package io.proxyd.bench.registry;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Writes registrations to etcd and remembers when etcd had each of them. */
final class Changes implements AutoCloseable {
    private static final int PREFIX_WEIGHT = 100;

    private final Client client;
    private final Registrations registrations;
    private final AtomicLong serial = new AtomicLong();
    private final AtomicLong newest = new AtomicLong();
    private final Queue<Written> written = new ConcurrentLinkedQueue<>();

    /** A write that etcd has acknowledged, at {@link System#nanoTime}. */
    record Written(long revision, long nanos) {}

    Changes(URI etcd, Registrations registrations) {
        this.client = Client.builder().endpoints(etcd).build();
        this.registrations = registrations;
    }

    /** What was written since the last call took it away, in no particular order. */
    Queue<Written> written() {
        return written;
    }

    /** Writes every registration once, as fast as etcd takes it; done with the newest revision. */
    CompletableFuture<Long> putAll(int weight) {
        CompletableFuture<?>[] puts = new CompletableFuture<?>[registrations.count()];
        for (int i = 0; i < puts.length; i++) {
            puts[i] = put(i, weight);
        }
        return CompletableFuture.allOf(puts).thenApply(done -> newest.get());
    }

    /** Writes at a fixed rate; returns when the time is over and everything is acknowledged. */
    void run(int perSecond, Duration time) {
        long start = System.nanoTime();
        long count = perSecond * time.toSeconds();
        CompletableFuture<?>[] puts = new CompletableFuture<?>[Math.toIntExact(count)];
        for (int i = 0; i < count; i++) {
            long due = start + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            puts[i] = put(i % registrations.count(), 1 + i % PREFIX_WEIGHT);
        }
        CompletableFuture.allOf(puts).join();
    }

    private CompletableFuture<Void> put(int index, int weight) {
        return client.getKVClient()
                .put(bytes(registrations.key(index)), bytes(registrations.value(weight, serial.getAndIncrement())))
                .thenAccept(answer -> acknowledged(answer.getHeader().getRevision(), System.nanoTime()));
    }

    private void acknowledged(long revision, long nanos) {
        newest.accumulateAndGet(revision, Math::max);
        written.add(new Written(revision, nanos));
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.close();
    }
}
