package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.Steps.Step;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Brings what a watch tells to the loop's thread; bounded, since nothing else holds etcd back. */
final class Inbox implements EtcdLink.Listener {
    private static final int MAX_WAITING_RESPONSES = 1000;

    private final Step step;
    private final StandingWatch watch;
    private final AtomicInteger waiting = new AtomicInteger();

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
        int ahead = waiting.incrementAndGet();
        if (ahead <= MAX_WAITING_RESPONSES) {
            step.post(() -> {
                waiting.decrementAndGet();
                watch.changed(changes);
            });
        } else if (ahead == MAX_WAITING_RESPONSES + 1) {
            step.post(() -> watch.end(MAX_WAITING_RESPONSES + " responses wait to be applied", Relist.OVERFLOW));
        }
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
