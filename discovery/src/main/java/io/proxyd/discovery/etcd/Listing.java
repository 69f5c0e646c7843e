package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.EtcdLink.Page;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import io.proxyd.discovery.etcd.Steps.Step;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads everything below the prefix, page by page, all at the revision of the first; nothing counts before the last. */
final class Listing {
    private final Step step;
    private final Source source;
    private final Duration limit;
    private final Duration pause;
    private final List<StoredKey> keys = new ArrayList<>();
    private @Nullable Moment at;

    /** Asks for one page; see {@link EtcdLink#page}. */
    interface Source {
        CompletionStage<Page> page(@Nullable ByteBuffer from, long revision);
    }

    /** All keys at one moment. */
    record Listed(Moment at, List<StoredKey> keys) {}

    /**
     * @param limit of each page's answer
     * @param pause between two pages
     */
    Listing(Step step, Source source, Duration limit, Duration pause) {
        this.step = step;
        this.source = source;
        this.limit = limit;
        this.pause = pause;
    }

    /** One of the two is called, once, unless the step ends before. */
    void read(Consumer<Listed> then, Consumer<Throwable> otherwise) {
        ask(null, then, otherwise);
    }

    private void ask(@Nullable ByteBuffer from, Consumer<Listed> then, Consumer<Throwable> otherwise) {
        Moment pinned = at;
        long revision = pinned == null ? 0 : pinned.revision();
        step.ask(() -> source.page(from, revision), limit, page -> take(page, then, otherwise), otherwise);
    }

    private void take(Page page, Consumer<Listed> then, Consumer<Throwable> otherwise) {
        Moment first = at == null ? page.moment() : at;
        at = first;
        if (page.moment().clusterId() != first.clusterId()) {
            otherwise.accept(new IllegalStateException(String.format(
                    "the pages of one list come from clusters %x and %x, expected endpoints of one cluster",
                    first.clusterId(), page.moment().clusterId())));
            return;
        }
        keys.addAll(page.keys());
        ByteBuffer next = page.next();
        if (next == null) {
            then.accept(new Listed(first, keys));
        } else if (pause.isZero()) {
            ask(next, then, otherwise);
        } else {
            step.later(pause, () -> ask(next, then, otherwise));
        }
    }
}
