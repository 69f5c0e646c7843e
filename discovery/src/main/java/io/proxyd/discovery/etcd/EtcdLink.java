package io.proxyd.discovery.etcd;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One client of etcd, as the watch loop sees it: jetcd behind it, or a test.
 *
 * <p>Lives for one try: the loop closes it on the first failure and opens another, so that nothing of a broken watch,
 * connection or name resolution is left over. Called from the loop's thread; answers come from the link's own threads,
 * and may never come: the loop keeps its own deadlines.
 */
interface EtcdLink extends AutoCloseable {

    /**
     * Lists one page of the keys below the prefix; linearizable.
     *
     * @param from the {@link Page#next} of the page before, or null for the first page
     * @param revision the revision to read at, or 0 for the newest
     */
    CompletionStage<Page> page(@Nullable ByteBuffer from, long revision);

    /** The same without values and in larger pages. */
    CompletionStage<Page> names(@Nullable ByteBuffer from, long revision);

    /** Whether etcd keeps this lease and it has time left. */
    CompletionStage<Boolean> isAlive(long lease);

    /** Starts the link's one watch over the prefix. */
    void watch(long fromRevision, Listener listener);

    /** Asks the watch for a sign of life, which {@link Listener#progress} then gets. */
    void requestProgress();

    /** Ends the watch and the connection without waiting. Later answers may still come. */
    @Override
    void close();

    /** The head of an answer: which cluster, and the newest revision it knew. */
    record Moment(long clusterId, long revision) {}

    /** @param next where the following page starts, or null after the last one */
    record Page(Moment moment, List<StoredKey> keys, @Nullable ByteBuffer next) {}

    /**
     * @param name below the prefix, as text (see {@link KeyNames})
     * @param revision that last changed it
     * @param lease the key ends with, 0 for none
     */
    record StoredKey(String name, long revision, long lease, ByteBuffer value) {}

    /** @param key as it is now; null when it was deleted */
    record KeyChange(String name, long revision, @Nullable StoredKey key) {}

    /** What a watch tells. */
    interface Listener {
        /** The watch stands at the server. */
        void created();

        /** One response: changes in the order of their revisions. */
        void changed(List<KeyChange> changes);

        /** The server answered; says nothing about which changes were sent before (etcd#15220). */
        void progress(Moment moment);

        /** @param compacted whether the start revision is compacted away */
        void ended(String reason, boolean compacted);
    }
}
