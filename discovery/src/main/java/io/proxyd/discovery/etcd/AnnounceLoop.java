package io.proxyd.discovery.etcd;

import io.proxyd.discovery.AnnouncerStatus;
import io.proxyd.discovery.AnnouncerStatus.State;
import io.proxyd.discovery.Drained;
import io.proxyd.discovery.etcd.AnnounceLink.CallFailed;
import io.proxyd.discovery.etcd.HeldKey.Anothers;
import io.proxyd.discovery.etcd.HeldKey.Held;
import io.proxyd.discovery.etcd.HeldKey.Outcome;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the newest wish of an announcer: looks after its key every third of the TTL, one call at a time.
 *
 * <p>Ends only when that is wished. Every failure leads to the same: the client is closed, and after a pause a fresh one
 * goes on from what is found in etcd then.
 */
final class AnnounceLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(AnnounceLoop.class);
    private static final int MAX_REASONS = 5;

    private final Supplier<AnnounceLink> links;
    private final HeldKey key;
    private final String controlPrefix;
    private final String backend;
    private final AnnounceTiming timing;
    private final Backoff backoff;
    private final Wishes wishes;
    private final Consumer<AnnouncerStatus> statuses;
    private AnnouncerStatus told = new AnnouncerStatus(State.WITHDRAWN, "not asked to register yet");
    private @Nullable DrainWait drainWait;
    private Wish.@Nullable Draining drainWaited;
    private long heldNanos;
    private long revision;
    private int failures;
    /** The reasons logged since the last success, so that each is told once. */
    private final Set<String> reasons = new HashSet<>();

    /**
     * @param links opens a fresh client
     * @param backend {@code <service>/<backend-id>}
     * @param statuses gets each change, on the loop's thread
     */
    AnnounceLoop(
            Supplier<AnnounceLink> links,
            HeldKey key,
            String controlPrefix,
            String backend,
            AnnounceTiming timing,
            Backoff backoff,
            Wishes wishes,
            Consumer<AnnouncerStatus> statuses) {
        this.links = links;
        this.key = key;
        this.controlPrefix = controlPrefix;
        this.backend = backend;
        this.timing = timing;
        this.backoff = backoff;
        this.wishes = wishes;
        this.statuses = statuses;
    }

    @Override
    public void run() {
        try {
            while (!isOver(wishes.current())) {
                Wish wish = wishes.current();
                if (isFulfilled(wish)) {
                    rest(wish);
                } else {
                    attempt(wish);
                }
            }
        } catch (InterruptedException e) {
            log.warn("The announcer of {} was interrupted and ends", key.key());
        }
        wishes.current().abandon();
        tell(State.CLOSED, key.isLeft() ? "closed; the registration ends with its lease" : "closed");
    }

    /** Nothing of ours is in etcd, and nothing shall be: waits until something else is wished. */
    private void rest(Wish wish) throws InterruptedException {
        if (wish instanceof Wish.Draining draining && !draining.end().isDone()) {
            endOfDrain(draining, Drained.unheard("nothing to drain, as it is not registered"));
        }
        if (told.state() != State.WITHDRAWN) {
            tell(State.WITHDRAWN, "withdrawn");
        }
        wishes.awaitOther(wish, null);
    }

    /** Works with one client for as long as it answers and there is something to do. */
    private void attempt(Wish first) throws InterruptedException {
        Wish wish = first;
        if (wish instanceof Wish.Registered && told.state() == State.WITHDRAWN) {
            tell(State.TRYING, "connects to etcd");
        }
        try (AnnounceLink link = open()) {
            while (!isFulfilled(wish) && !isOver(wish)) {
                Duration pause = step(link, wish);
                failures = 0;
                reasons.clear();
                wishes.awaitOther(wish, pause);
                wish = wishes.current();
            }
        } catch (CallFailed e) {
            pauseAfter(wish, e.reason());
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable t) { // a bug costs the connection, not the announcer
            log.error("Announcing {} failed unexpectedly and begins anew", key.key(), t);
            pauseAfter(wish, "unexpected " + t);
        }
    }

    /** What a client needs, such as a file with a secret, may be missing now and there at the next attempt. */
    private AnnounceLink open() throws CallFailed {
        try {
            return links.get();
        } catch (RuntimeException e) {
            throw new CallFailed(EtcdFailures.reason(e), false);
        }
    }

    /** Does what the wish needs now; returns the time until it has to be done again. */
    private Duration step(AnnounceLink link, Wish wish) throws CallFailed, InterruptedException {
        if (wish instanceof Wish.Registered) {
            return keep(link);
        }
        if (wish instanceof Wish.Draining draining && !draining.end().isDone()) {
            return drain(link, draining);
        }
        if (!key.release(link, false)) {
            return backoff.pause(0);
        }
        log.info("{} is withdrawn", key.key());
        tell(State.WITHDRAWN, "withdrawn");
        return Duration.ZERO;
    }

    private Duration keep(AnnounceLink link) throws CallFailed, InterruptedException {
        Outcome outcome = key.hold(link, Optional.empty());
        if (outcome instanceof Held held) {
            boolean stood = !reasons.isEmpty() && held.revision() == revision;
            if (stood) {
                log.info("{} is still registered, at revision {}", key.key(), revision);
            }
            revision = held.revision();
            tell(State.REGISTERED, "registered at revision " + revision);
            return renewal();
        }
        return outcome instanceof Anothers anothers ? standBy(anothers) : backoff.pause(0);
    }

    private Duration standBy(Anothers anothers) {
        String detail = "registered by " + anothers.owner() + " since; waits until the key is gone";
        if (tell(State.STANDING_BY, detail)) {
            log.warn("{} is {}", key.key(), detail);
        }
        return renewal();
    }

    private Duration drain(AnnounceLink link, Wish.Draining wish) throws CallFailed, InterruptedException {
        DrainWait wait = waitOf(wish);
        if (wait == null || System.nanoTime() - heldNanos > renewal().toNanos()) {
            Outcome outcome = key.hold(link, Optional.of(wish.deadline()));
            if (!(outcome instanceof Held held)) {
                return backoff.pause(0); // if it is another's, nothing is left to drain
            }
            revision = held.revision();
            heldNanos = System.nanoTime();
            tell(State.DRAINING, "draining, at revision " + revision);
        }
        if (wait == null) {
            wait = new DrainWait(controlPrefix, backend, timing.grace(), System.nanoTime());
            drainWait = wait;
            drainWaited = wish;
        }
        boolean isDone = wait.look(link, revision, System.nanoTime());
        if (!isDone && !isLate(wish)) {
            return shorter(timing.poll(), wish.left());
        }
        return key.release(link, true) ? endOfDrain(wish, wait.outcome()) : backoff.pause(0);
    }

    private Duration endOfDrain(Wish.Draining wish, Drained outcome) {
        if (outcome.missing().isEmpty()) {
            log.info("{} is drained: {}", key.key(), outcome);
        } else {
            log.warn("{} is drained, at its deadline: {}", key.key(), outcome);
        }
        tell(State.WITHDRAWN, "drained: " + outcome);
        wish.end().complete(outcome);
        return Duration.ZERO;
    }

    /** Tells what is new about the failure, and waits a moment, but not longer than the wish lets it. */
    private void pauseAfter(Wish wish, String reason) throws InterruptedException {
        tell(State.TRYING, reason);
        if (reasons.size() < MAX_REASONS && reasons.add(reason)) {
            log.warn("{}: {}; tries again", key.key(), reason);
        }
        if (wish instanceof Wish.Draining draining && isLate(draining)) {
            draining.end().complete(Drained.unheard("etcd did not answer until the deadline: " + reason));
        }
        Duration pause = backoff.pause(failures);
        failures++;
        wishes.awaitOther(wish, isLate(wish) ? pause : shorter(pause, wish.left()));
    }

    private static boolean isLate(Wish wish) {
        return wish.left().isNegative() || wish.left().isZero();
    }

    private boolean isOver(Wish wish) {
        return wish instanceof Wish.Ended && (!key.isLeft() || isLate(wish));
    }

    private boolean isFulfilled(Wish wish) {
        return (wish instanceof Wish.Withdrawn || wish instanceof Wish.Draining) && !key.isLeft();
    }

    private @Nullable DrainWait waitOf(Wish.Draining wish) {
        return drainWaited == wish ? drainWait : null;
    }

    /** A lease is renewed three times before it could end. */
    private Duration renewal() {
        return key.ttl().dividedBy(3);
    }

    /** Returns whether this is news. */
    private boolean tell(State state, String detail) {
        boolean isNews = told.state() != state;
        AnnouncerStatus status = new AnnouncerStatus(state, detail);
        if (!status.equals(told)) {
            told = status;
            statuses.accept(status);
        }
        return isNews;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
