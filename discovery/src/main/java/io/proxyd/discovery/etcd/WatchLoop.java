package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.EtcdLink.Page;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a view of etcd's keys: list at revision R, watch from R+1, and begin again whenever that breaks.
 *
 * <p>Ends only by {@link #stop}. Every failure, be it an error, a clean end, silence, a missing answer or a bug, leads to
 * {@link #retry}: the link is closed, the view stays, and after a pause the watch goes on from the first revision not
 * yet seen, or from a new list when that revision is compacted away or {@value #LIST_AFTER_FAILURES} tries failed.
 *
 * <p>Everything runs on the one thread given. What comes from the link is posted there with the step it belongs to; each
 * transition begins a new step, so an answer from the past finds no one. The revision never comes from jetcd, from a
 * <em>created</em> answer, a progress answer or a timeout, only from lists and events.
 */
final class WatchLoop {
    private static final Logger log = LoggerFactory.getLogger(WatchLoop.class);
    private static final int LIST_AFTER_FAILURES = 3;
    private static final int SILENT_PERIODS = 3;
    private static final int MAX_WAITING_RESPONSES = 1000;

    private final Supplier<EtcdLink> links;
    private final ScheduledExecutorService thread;
    private final WatchTiming timing;
    private final Backoff backoff;
    private final KeyView keys;

    private @Nullable EtcdLink link;
    private long step;
    private int failures;
    /** The cluster and the revision the view shows; revision 0 if nothing is known yet. */
    private Moment view;

    private int breaks;
    private String doubt = "";
    private boolean listNeeded = true;
    private boolean deliveryPosted;
    private long heardNanos;

    /** @param known where the view that is at hand was taken; revision 0 if there is none */
    WatchLoop(
            Supplier<EtcdLink> links,
            ScheduledExecutorService thread,
            WatchTiming timing,
            Backoff backoff,
            KeyView keys,
            Moment known) {
        this.links = links;
        this.thread = thread;
        this.timing = timing;
        this.backoff = backoff;
        this.keys = keys;
        this.view = known;
    }

    /** Starts the loop; any thread. */
    void start() {
        post(step, this::connect);
    }

    /** Leaves etcd for good; on the loop's thread. */
    void stop() {
        leave();
    }

    private void connect() {
        EtcdLink opened = links.get();
        link = opened;
        if (listNeeded) {
            askForPage(opened, new Listing(), null, 0);
        } else {
            await(opened.now(), moment -> resume(opened, moment));
        }
    }

    /** Goes on from the view, unless etcd is not the one, or not as far as, the view was taken from. */
    private void resume(EtcdLink opened, Moment now) {
        if (isBehindView(now)) {
            retry(behindView(now), true);
        } else {
            watch(opened);
        }
    }

    private void askForPage(EtcdLink opened, Listing listing, @Nullable ByteBuffer from, long revision) {
        await(opened.page(from, revision), page -> {
            Moment at = revision == 0 ? page.moment() : new Moment(page.moment().clusterId(), revision);
            listing.add(page);
            if (page.next() != null) {
                askForPage(opened, listing, page.next(), at.revision());
            } else {
                applyList(opened, listing, at);
            }
        });
    }

    private void applyList(EtcdLink opened, Listing listing, Moment at) {
        if (isBehindView(at)) {
            breaks++;
            doubt = behindView(at);
            log.warn("{}; it is listed anew", doubt);
        }
        listing.pages.forEach(page -> page.keys().forEach(keys::put));
        keys.keepOnly(listing.names);
        view = at;
        listNeeded = false;
        deliver();
        keys.confirmed();
        watch(opened);
    }

    private void watch(EtcdLink opened) {
        long current = nextStep();
        heardNanos = System.nanoTime();
        later(current, timing.progress(), () -> checkPulse(opened));
        opened.watch(view.revision() + 1, new Inbox(current));
    }

    /** The watchdog: asks for a sign of life and ends a watch that gave none for too long. */
    private void checkPulse(EtcdLink opened) {
        long limit = timing.progress().multipliedBy(SILENT_PERIODS).toNanos();
        if (System.nanoTime() - heardNanos > limit) {
            retry("the watch was silent for " + seconds(Duration.ofNanos(limit)), false);
            return;
        }
        opened.requestProgress();
        later(step, timing.progress(), () -> checkPulse(opened));
    }

    private void applyChanges(List<KeyChange> changes) {
        heard();
        long newest = view.revision();
        for (KeyChange change : changes) {
            if (change.revision() > view.revision()) {
                apply(change);
                newest = Math.max(newest, change.revision());
            }
        }
        view = new Moment(view.clusterId(), newest);
        // Behind what already waits, so that a burst of responses becomes one catalog.
        if (!deliveryPosted) {
            deliveryPosted = true;
            thread.execute(() -> guard(this::deliver));
        }
    }

    private void apply(KeyChange change) {
        StoredKey key = change.key();
        if (key == null) {
            keys.delete(change.name());
        } else {
            keys.put(key);
        }
    }

    private void deliver() {
        deliveryPosted = false;
        keys.deliver(view.revision(), new Lineage(view.clusterId(), breaks, doubt, false));
    }

    /** Its revision proves nothing: etcd lets events overtake the answer, and a member may lag behind what others listed. */
    private void progressed(Moment now) {
        heard();
        failures = 0;
        if (now.clusterId() != view.clusterId()) {
            retry(behindView(now), true);
        }
    }

    private void heard() {
        heardNanos = System.nanoTime();
        keys.confirmed();
    }

    private void ended(String reason, boolean compacted) {
        retry(reason, compacted);
    }

    /** Drops the link and tries again, at once for the first fresh list, else after a pause. */
    private void retry(String reason, boolean listAgain) {
        keys.disconnected(reason);
        leave();
        listNeeded = listNeeded || listAgain || failures + 1 >= LIST_AFTER_FAILURES;
        Duration pause = listAgain && failures == 0 ? Duration.ZERO : backoff.pause(failures);
        failures++;
        later(step, pause, this::connect);
    }

    private void leave() {
        nextStep();
        EtcdLink left = link;
        link = null;
        if (left == null) {
            return;
        }
        try {
            left.close();
        } catch (RuntimeException e) {
            log.warn("Closing a connection to etcd failed", e);
        }
    }

    private boolean isBehindView(Moment now) {
        return view.revision() != 0 && (now.clusterId() != view.clusterId() || now.revision() < view.revision());
    }

    private String behindView(Moment now) {
        return String.format(
                "etcd answers from cluster %x at revision %d, expected cluster %x at revision %d or later:"
                        + " it was rebuilt or restored",
                now.clusterId(), now.revision(), view.clusterId(), view.revision());
    }

    /** Begins a step with one call whose answer, failure or absence decides how it goes on. */
    private <T> void await(CompletionStage<T> call, Consumer<T> then) {
        long current = nextStep();
        later(current, timing.answer(), () -> retry("no answer within " + seconds(timing.answer()), false));
        CompletionStage<T> ignored = call.whenComplete((answer, failure) -> post(current, () -> {
            if (failure == null) {
                then.accept(answer);
            } else {
                retry(EtcdFailures.reason(failure), EtcdFailures.isCompacted(failure));
            }
        }));
    }

    private long nextStep() {
        step++;
        return step;
    }

    private void later(long ofStep, Duration pause, Runnable action) {
        Future<?> ignored = thread.schedule(() -> run(ofStep, action), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void post(long ofStep, Runnable action) {
        thread.execute(() -> run(ofStep, action));
    }

    private void run(long ofStep, Runnable action) {
        if (ofStep == step) {
            guard(action);
        }
    }

    /** A bug costs the connection, not the loop: hence every Throwable. */
    private void guard(Runnable action) {
        try {
            action.run();
        } catch (Throwable t) {
            log.error("The watch of etcd failed unexpectedly and begins anew", t);
            retry("unexpected " + t, true);
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    /** A list being gathered; nothing of it counts before its last page. */
    private static final class Listing {
        private final List<Page> pages = new ArrayList<>();
        private final Set<String> names = new HashSet<>();

        void add(Page page) {
            pages.add(page);
            page.keys().forEach(key -> names.add(key.name()));
        }
    }

    /** Brings what a watch tells to the loop's thread; bounded, since nothing else holds etcd back. */
    private final class Inbox implements EtcdLink.Listener {
        private final long ofStep;
        private final AtomicInteger waiting = new AtomicInteger();

        Inbox(long ofStep) {
            this.ofStep = ofStep;
        }

        @Override
        public void created() {
            post(ofStep, () -> {
                heard();
                keys.connected();
            });
        }

        @Override
        public void changed(List<KeyChange> changes) {
            int ahead = waiting.incrementAndGet();
            if (ahead > MAX_WAITING_RESPONSES) {
                if (ahead == MAX_WAITING_RESPONSES + 1) {
                    ended(MAX_WAITING_RESPONSES + " responses wait to be applied", true);
                }
                return;
            }
            post(ofStep, () -> {
                waiting.decrementAndGet();
                applyChanges(changes);
            });
        }

        @Override
        public void progress(Moment moment) {
            post(ofStep, () -> progressed(moment));
        }

        @Override
        public void ended(String reason, boolean compacted) {
            post(ofStep, () -> WatchLoop.this.ended(reason, compacted));
        }
    }
}
