package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Upkeep;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.HeldKeys.Difference;
import io.proxyd.discovery.etcd.Listing.Listed;
import io.proxyd.discovery.etcd.StandingWatch.Untold;
import io.proxyd.discovery.etcd.Steps.Step;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a view of etcd's keys: list at revision R, watch from R+1, and begin again whenever that breaks.
 *
 * <p>Ends only by {@link #stop}. Every failure, be it an error, a clean end, silence, a missing answer or a bug, leads to
 * {@link #retry}: the link is closed, the view stays, and after a pause the watch goes on from the first revision not
 * yet seen, or from a new list when that revision is compacted away, {@value #LIST_AFTER_FAILURES} tries failed, or etcd's
 * past is not the one that was seen.
 *
 * <p>Everything runs on the one thread given, in {@link Steps}.
 */
final class WatchLoop {
    private static final Logger log = LoggerFactory.getLogger(WatchLoop.class);
    private static final int LIST_AFTER_FAILURES = 3;

    private final Supplier<EtcdLink> links;
    private final WatchTiming timing;
    private final Backoff backoff;
    private final KeyView view;
    private final HeldKeys held;
    private final Steps steps;
    private final Deliveries deliveries;
    private final UpkeepCounts upkeep;

    private @Nullable EtcdLink link;
    private @Nullable StandingWatch watch;
    private int failures;
    /** Why the next try lists everything; null when it goes on from the view. */
    private @Nullable Relist wanted = Relist.START;

    /**
     * @param links opens a link, or throws {@link UnusableSecret}
     * @param known where the view that is at hand was taken; revision 0 if there is none
     */
    WatchLoop(
            Supplier<EtcdLink> links,
            ScheduledExecutorService thread,
            WatchTiming timing,
            Backoff backoff,
            KeyView view,
            Moment known,
            InstantSource clock) {
        this.links = links;
        this.timing = timing;
        this.backoff = backoff;
        this.view = view;
        this.held = new HeldKeys(view, known);
        this.steps = new Steps(thread, this::bug);
        this.deliveries = new Deliveries(steps, held::deliver);
        this.upkeep = new UpkeepCounts(clock);
    }

    /** Starts the loop; any thread, once. */
    void start() {
        steps.next().post(this::connect);
    }

    /** Leaves etcd for good; on the loop's thread. */
    void stop() {
        leave();
    }

    /** What it did so far; any thread. */
    Upkeep upkeep() {
        return upkeep.now();
    }

    private void connect() {
        Step step = steps.next();
        EtcdLink opened;
        try {
            opened = links.get();
        } catch (UnusableSecret unusable) {
            retry(unusable.reason(), null);
            return;
        }
        link = opened;
        Relist cause = wanted;
        if (cause == null) {
            new Listing(step, opened::names, timing.answer(), Duration.ZERO)
                    .read(listed -> resume(opened, listed), this::failed);
        } else {
            new Listing(step, opened::page, timing.answer(), Duration.ZERO)
                    .read(listed -> take(opened, listed, cause), this::failed);
        }
    }

    /** Takes the list for the view. */
    private void take(EtcdLink opened, Listed listed, Relist cause) {
        Optional<String> sign = signOfAnotherPast(listed, held.differences(listed));
        boolean broke = sign.isPresent() && cause != Relist.HISTORY && cause != Relist.DRIFT;
        if (broke) {
            log.warn("{}; what it lists is taken", sign.get());
            held.broken(sign.get());
        }
        held.replace(listed);
        wanted = null;
        upkeep.relisted(broke && cause != Relist.START ? Relist.HISTORY : cause);
        deliveries.now();
        view.confirmed();
        watch(opened, Untold.NOTHING);
    }

    /** Goes on from the view, unless etcd is not the one, or not as far as, the view was taken from. */
    private void resume(EtcdLink opened, Listed listed) {
        Map<String, Difference> untold = held.differences(listed);
        Optional<String> sign = signOfAnotherPast(listed, untold);
        if (sign.isPresent()) {
            broken(sign.get());
            return;
        }
        if (untold.isEmpty()) {
            upkeep.audited(0);
        }
        watch(opened, new Untold(untold, listed.at().revision()));
    }

    /** What the past of the view and that of the list cannot have in common, if they differ. */
    private Optional<String> signOfAnotherPast(Listed listed, Map<String, Difference> differences) {
        if (held.isFromElsewhere(listed.at())) {
            return Optional.of(held.elsewhere(listed.at()));
        }
        return differences.values().stream()
                .filter(held::isImpossible)
                .findFirst()
                .map(difference -> difference.text() + " of revision " + held.revision()
                        + ": etcd was rebuilt or restored, or changes were missed");
    }

    private void watch(EtcdLink opened, Untold untold) {
        StandingWatch begun = new StandingWatch(
                steps.next(), opened, held, view, timing, backoff, upkeep, deliveries, untold, new Owner());
        watch = begun;
        begun.begin();
    }

    private void broken(String sign) {
        log.warn("{}; it is listed anew", sign);
        held.broken(sign);
        retry(sign, Relist.HISTORY);
    }

    private void failed(Throwable failure) {
        String reason = EtcdFailures.reason(failure);
        if (EtcdFailures.isDenied(failure)) {
            view.denied(reason);
        }
        retry(reason, EtcdFailures.isCompacted(failure) ? Relist.COMPACTED : null);
    }

    private void bug(Throwable failure) {
        log.error("The watch of etcd failed unexpectedly and begins anew", failure);
        retry("unexpected " + failure, Relist.BUG);
    }

    /** Drops the link and tries again, at once for the first fresh list, else after a pause. */
    private void retry(String reason, @Nullable Relist cause) {
        if (wanted == null) {
            wanted = cause == null && failures + 1 >= LIST_AFTER_FAILURES ? Relist.FAILURES : cause;
        }
        Duration pause = cause != null && failures == 0 ? Duration.ZERO : backoff.pause(failures);
        failures++;
        try {
            view.disconnected(reason);
            leave();
        } finally {
            steps.next().later(pause, this::connect);
        }
    }

    private void leave() {
        steps.next();
        StandingWatch leftWatch = watch;
        watch = null;
        if (leftWatch != null) {
            leftWatch.leave();
        }
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

    private final class Owner implements StandingWatch.Owner {
        @Override
        public void alive() {
            failures = 0;
        }

        @Override
        public void ended(String reason, @Nullable Relist cause) {
            retry(reason, cause);
        }

        @Override
        public void broken(String sign) {
            WatchLoop.this.broken(sign);
        }
    }
}
