package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.Steps.Step;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Brings what a watch tells to the loop's thread; bounded, since nothing else holds etcd back. */
final class Inbox implements EtcdLink.Listener {
    private static final long MAX_WAITING_BYTES = 64L * 1024 * 1024;
    /** What a change costs beside its value, roughly. */
    private static final int CHANGE_BYTES = 256;

    private final Step step;
    private final StandingWatch watch;
    private final AtomicLong waitingBytes = new AtomicLong();

    Inbox(Step step, StandingWatch watch) {
        this.step = step;
        this.watch = watch;
    }

    @Override
    public void created() {
        step.post(watch::created);
    }

    @Override
    public void changed(List<KeyChange> changes) {
        long bytes = bytes(changes);
        long before = waitingBytes.getAndAdd(bytes);
        if (before + bytes <= MAX_WAITING_BYTES) {
            step.post(() -> {
                waitingBytes.addAndGet(-bytes);
                watch.changed(changes);
            });
        } else if (before <= MAX_WAITING_BYTES) {
            step.post(() -> watch.end("more than " + MAX_WAITING_BYTES + " bytes wait to be applied", Relist.OVERFLOW));
        }
    }

    private static long bytes(List<KeyChange> changes) {
        long bytes = 0;
        for (KeyChange change : changes) {
            EtcdLink.StoredKey key = change.key();
            bytes += CHANGE_BYTES + (key == null ? 0 : key.value().remaining());
        }
        return bytes;
    }

    @Override
    public void progress(Moment moment) {
        step.post(() -> watch.progressed(moment));
    }

    @Override
    public void ended(String reason, boolean compacted) {
        step.post(() -> watch.end(reason, compacted ? Relist.COMPACTED : null));
    }
}
