package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.HeldKeys.Difference;
import io.proxyd.discovery.etcd.Listing.Listed;
import io.proxyd.discovery.etcd.Steps.Step;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what a standing watch made of the view with a list, now and then and slowly.
 *
 * <p>Events may be under way while a list is read, so a difference is only believed when a second list, some time later,
 * shows the same one; a watch that still catches up with the first list is given time. An audit that fails says so and leaves the watch alone; the next one comes. On the loop's thread.
 */
final class Audit {
    private static final Logger log = LoggerFactory.getLogger(Audit.class);
    private static final Duration BETWEEN_PAGES = Duration.ofMillis(20);

    private final Step step;
    private final EtcdLink link;
    private final HeldKeys held;
    private final WatchTiming timing;
    private final Backoff backoff;
    private final UpkeepCounts upkeep;
    private final Findings findings;
    /** What the first list of an audit showed and no event has explained yet. */
    private Map<String, Difference> unexplained = new HashMap<>();
    /** The revision of that list. */
    private long goal;
    /** How far the view was at the last look. */
    private long reached;

    private boolean catchingUp;
    private boolean failed;

    /** Who is told; ends the audit's step. */
    interface Findings {
        void drifted(List<Difference> wrong);

        /** @param now cannot be the etcd that the view was taken from */
        void elsewhere(EtcdLink.Moment now);
    }

    Audit(
            Step step,
            EtcdLink link,
            HeldKeys held,
            WatchTiming timing,
            Backoff backoff,
            UpkeepCounts upkeep,
            Findings findings) {
        this.step = step;
        this.link = link;
        this.held = held;
        this.timing = timing;
        this.backoff = backoff;
        this.upkeep = upkeep;
        this.findings = findings;
    }

    /**
     * Begins once the watch stands.
     *
     * @param untold what a list read before the watch had and the view does not yet; taken as the first list of an audit
     * @param listed the revision of that list
     */
    void begin(Map<String, Difference> untold, long listed) {
        catchingUp = !untold.isEmpty();
        if (catchingUp) {
            doubt(untold, listed);
        } else {
            waitForNext();
        }
    }

    /** Whether etcd was seen to have more than the watch has told since it stands. */
    boolean isCatchingUp() {
        return catchingUp;
    }

    /** What the watch told may explain what a list showed. */
    void told(List<KeyChange> changes) {
        if (unexplained.isEmpty()) {
            return;
        }
        for (KeyChange change : changes) {
            Difference difference = unexplained.get(change.name());
            if (difference != null && explains(change, difference)) {
                unexplained.remove(change.name());
            }
        }
        catchingUp = catchingUp && !unexplained.isEmpty();
    }

    private static boolean explains(KeyChange change, Difference difference) {
        return difference.listed() == 0 ? change.key() == null : change.revision() >= difference.listed();
    }

    private void waitForNext() {
        step.later(backoff.around(timing.audit()), this::look);
    }

    private void look() {
        list(listed -> {
            Map<String, Difference> differences = held.differences(listed);
            if (differences.isEmpty()) {
                finish(List.of());
            } else {
                doubt(differences, listed.at().revision());
            }
        });
    }

    private void doubt(Map<String, Difference> differences, long listed) {
        unexplained = new HashMap<>(differences);
        goal = listed;
        reached = held.revision();
        step.later(timing.recheck(), this::lookAgain);
    }

    private void lookAgain() {
        boolean catchesUp = held.revision() > reached && held.revision() < goal;
        reached = held.revision();
        if (unexplained.isEmpty()) {
            finish(List.of());
        } else if (catchesUp) {
            step.later(timing.recheck(), this::lookAgain);
        } else {
            list(listed -> {
                Map<String, Difference> still = held.differences(listed);
                finish(unexplained.values().stream()
                        .filter(difference -> difference.equals(still.get(difference.name())))
                        .toList());
            });
        }
    }

    private void list(Consumer<Listed> then) {
        long heldBefore = held.revision();
        new Listing(step, link::names, timing.answer(), BETWEEN_PAGES)
                .read(
                        listed -> {
                            failed = false;
                            if (held.isOtherCluster(listed.at()) || listed.at().revision() < heldBefore) {
                                findings.elsewhere(listed.at());
                            } else {
                                then.accept(listed);
                            }
                        },
                        this::failed);
    }

    private void finish(List<Difference> wrong) {
        unexplained = new HashMap<>();
        catchingUp = false;
        upkeep.audited(wrong.size());
        if (wrong.isEmpty()) {
            waitForNext();
        } else {
            findings.drifted(wrong);
        }
    }

    private void failed(Throwable failure) {
        String reason = EtcdFailures.reason(failure);
        if (failed) {
            log.debug("The audit failed again: {}", reason);
        } else if (EtcdFailures.isDenied(failure)) {
            log.error(
                    "etcd denies the audit of the view, and would deny a new watch; the watch that stands is kept: {}",
                    reason);
        } else {
            log.warn("The audit of the view failed, the watch is kept and the next audit comes: {}", reason);
        }
        failed = true;
        unexplained = new HashMap<>();
        catchingUp = false;
        waitForNext();
    }
}
