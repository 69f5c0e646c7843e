package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Eventually;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Links whose every answer the test gives by hand. */
final class FakeEtcd implements Supplier<EtcdLink> {
    static final long CLUSTER = 0xc1;

    private final List<Link> links = new CopyOnWriteArrayList<>();
    private volatile Runnable refusal = () -> {};

    @Override
    public EtcdLink get() {
        refusal.run();
        Link link = new Link();
        links.add(link);
        return link;
    }

    /** Runs before a link is opened, and may throw instead. */
    void refuse(Runnable instead) {
        refusal = instead;
    }

    /** Waits for the link opened as number {@code index}, from 0. */
    Link link(int index) {
        Eventually.until(() -> links.size() > index, () -> links.size() + " links");
        return links.get(index);
    }

    int opened() {
        return links.size();
    }

    static EtcdLink.StoredKey key(String name, int port) {
        return key(1, name, port);
    }

    static EtcdLink.StoredKey key(long revision, String name, int port) {
        return leased(revision, name, port, 0);
    }

    static EtcdLink.StoredKey leased(long revision, String name, int port, long lease) {
        return new EtcdLink.StoredKey(name, revision, lease, value(port));
    }

    static EtcdLink.KeyChange put(long revision, String name, int port) {
        return change(key(revision, name, port));
    }

    static EtcdLink.KeyChange change(EtcdLink.StoredKey key) {
        return new EtcdLink.KeyChange(key.name(), key.revision(), key);
    }

    static EtcdLink.KeyChange delete(long revision, String name) {
        return new EtcdLink.KeyChange(name, revision, null);
    }

    private static ByteBuffer value(int port) {
        return ByteBuffer.wrap(("{\"host\":\"h\",\"port\":" + port + "}").getBytes(StandardCharsets.UTF_8));
    }

    /** A page asked for, to be answered. */
    record PageCall(@Nullable ByteBuffer from, long revision, CompletableFuture<EtcdLink.Page> answer) {
        void list(long atRevision, EtcdLink.StoredKey... keys) {
            answer.complete(new EtcdLink.Page(new EtcdLink.Moment(CLUSTER, atRevision), List.of(keys), null));
        }

        void listAndMore(long atRevision, EtcdLink.StoredKey... keys) {
            ByteBuffer next = ByteBuffer.wrap(new byte[] {1});
            answer.complete(new EtcdLink.Page(new EtcdLink.Moment(CLUSTER, atRevision), List.of(keys), next));
        }
    }

    /** A lease asked about, to be answered. */
    record LeaseCall(long lease, CompletableFuture<Boolean> answer) {}

    /** A watch asked for. */
    record WatchCall(long fromRevision, EtcdLink.Listener listener) {}

    static final class Link implements EtcdLink {
        private final List<PageCall> pages = new CopyOnWriteArrayList<>();
        private final List<PageCall> names = new CopyOnWriteArrayList<>();
        private final List<LeaseCall> leases = new CopyOnWriteArrayList<>();
        private final List<WatchCall> watches = new CopyOnWriteArrayList<>();
        private final AtomicInteger progressRequests = new AtomicInteger();
        private volatile boolean closed;

        @Override
        public CompletionStage<Page> page(@Nullable ByteBuffer from, long revision) {
            CompletableFuture<Page> answer = new CompletableFuture<>();
            pages.add(new PageCall(from, revision, answer));
            return answer;
        }

        @Override
        public CompletionStage<Page> names(@Nullable ByteBuffer from, long revision) {
            CompletableFuture<Page> answer = new CompletableFuture<>();
            names.add(new PageCall(from, revision, answer));
            return answer;
        }

        @Override
        public CompletionStage<Boolean> isAlive(long lease) {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            leases.add(new LeaseCall(lease, answer));
            return answer;
        }

        @Override
        public void watch(long fromRevision, Listener listener) {
            watches.add(new WatchCall(fromRevision, listener));
        }

        @Override
        public void requestProgress() {
            progressRequests.incrementAndGet();
        }

        @Override
        public void close() {
            closed = true;
        }

        PageCall pageCall(int index) {
            return nth(pages, index);
        }

        PageCall namesCall(int index) {
            return nth(names, index);
        }

        LeaseCall leaseCall(int index) {
            return nth(leases, index);
        }

        int leaseCalls() {
            return leases.size();
        }

        WatchCall watchCall() {
            return nth(watches, 0);
        }

        int progressRequests() {
            return progressRequests.get();
        }

        void awaitClosed() {
            Eventually.until(() -> closed, () -> "still open");
        }

        private static <T> T nth(List<T> calls, int index) {
            Eventually.until(() -> calls.size() > index, () -> new ArrayList<>(calls));
            return calls.get(index);
        }
    }
}
