package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.HeldKeys.Difference;
import io.proxyd.discovery.etcd.Steps.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch on one link: applies what it tells, asks for signs of life, audits, and ends when it is silent or wrong.
 *
 * <p>Stands once etcd said that it is created; what comes before proves nothing. On the loop's thread.
 */
final class StandingWatch {
    private static final Logger log = LoggerFactory.getLogger(StandingWatch.class);
    private static final int SILENT_PERIODS = 3;
    private static final int LOGGED_AT_ONCE = 20;

    private final Step step;
    private final EtcdLink link;
    private final HeldKeys held;
    private final KeyView view;
    private final WatchTiming timing;
    private final Deliveries deliveries;
    private final Owner owner;
    private final Audit audit;
    private final LeaseQuestions leases;
    private final Untold untold;

    private boolean stands;
    private long heardNanos;

    /**
     * What etcd was seen to have before the watch began, and the watch is expected to tell.
     *
     * @param listed at which revision it was seen
     */
    record Untold(Map<String, Difference> differences, long listed) {
        static final Untold NOTHING = new Untold(Map.of(), 0);
    }

    /** The loop that began the watch. */
    interface Owner {
        /** The watch works. */
        void alive();

        /** The watch is over; the owner leaves the link and the step. */
        void ended(String reason, @Nullable Relist cause);

        /** The watch is over, since etcd's history is not the one that was seen. */
        void broken(String sign);
    }

    StandingWatch(
            Step step,
            EtcdLink link,
            HeldKeys held,
            KeyView view,
            WatchTiming timing,
            Backoff backoff,
            UpkeepCounts upkeep,
            Deliveries deliveries,
            Untold untold,
            Owner owner) {
        this.step = step;
        this.link = link;
        this.held = held;
        this.view = view;
        this.timing = timing;
        this.deliveries = deliveries;
        this.untold = untold;
        this.owner = owner;
        this.audit = new Audit(step, link, held, timing, backoff, upkeep, new Findings());
        this.leases = new LeaseQuestions(step, link, timing.answer(), view, deliveries::soon);
    }

    void begin() {
        heardNanos = System.nanoTime();
        step.later(timing.progress(), this::checkPulse);
        link.watch(held.revision() + 1, new Inbox(step, this));
    }

    /** The link is left. */
    void leave() {
        leases.giveUp();
    }

    void created() {
        stands = true;
        heardNanos = System.nanoTime();
        view.connected();
        audit.begin(untold.differences(), untold.listed());
    }

    void changed(List<KeyChange> changes) {
        held.apply(changes);
        audit.told(changes);
        heard();
        leases.ask(view.leasesInDoubt());
        deliveries.soon();
    }

    /** Its revision proves nothing: etcd lets events overtake the answer, and a member may lag behind what others listed. */
    void progressed(Moment now) {
        if (held.isOtherCluster(now)) {
            owner.broken(held.elsewhere(now));
            return;
        }
        if (stands) {
            heard();
            owner.alive();
        }
    }

    void end(String reason, @Nullable Relist cause) {
        owner.ended(reason, cause);
    }

    private void heard() {
        heardNanos = System.nanoTime();
        if (!audit.isCatchingUp()) {
            view.confirmed();
        }
    }

    /** The watchdog: asks for a sign of life and ends a watch that gave none for too long. */
    private void checkPulse() {
        long limit = timing.progress().multipliedBy(SILENT_PERIODS).toNanos();
        if (System.nanoTime() - heardNanos > limit) {
            end("the watch was silent for " + Duration.ofNanos(limit).toMillis() / 1000.0 + " s", null);
            return;
        }
        link.requestProgress();
        step.later(timing.progress(), this::checkPulse);
    }

    private final class Findings implements Audit.Findings {
        @Override
        public void drifted(List<Difference> wrong) {
            wrong.stream()
                    .limit(LOGGED_AT_ONCE)
                    .forEach(difference -> log.warn("The view drifted from etcd: {}", difference.text()));
            if (wrong.size() > LOGGED_AT_ONCE) {
                log.warn("The view drifted from etcd in {} more keys", wrong.size() - LOGGED_AT_ONCE);
            }
            end(
                    "the view drifted from etcd in " + wrong.size() + " keys, such as "
                            + wrong.get(0).text(),
                    Relist.DRIFT);
        }

        @Override
        public void elsewhere(Moment now) {
            owner.broken(held.elsewhere(now));
        }
    }
}
