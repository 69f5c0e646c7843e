package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.Steps.Step;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks etcd which leases are alive whose keys were deleted, a few at a time, each once.
 *
 * <p>No answer is no proof of life. On the loop's thread, while one watch stands.
 */
final class LeaseQuestions {
    private static final Logger log = LoggerFactory.getLogger(LeaseQuestions.class);
    private static final int UNDER_WAY = 16;
    private static final int MAX_WAITING = 20_000;

    private final Step step;
    private final EtcdLink link;
    private final Duration limit;
    private final KeyView view;
    private final Runnable changed;
    private final Queue<Long> waiting = new ArrayDeque<>();
    private final Set<Long> asked = new HashSet<>();
    private boolean failureLogged;

    /**
     * @param limit of each answer
     * @param changed is run when the view was told of a lease that is alive
     */
    LeaseQuestions(Step step, EtcdLink link, Duration limit, KeyView view, Runnable changed) {
        this.step = step;
        this.link = link;
        this.limit = limit;
        this.view = view;
        this.changed = changed;
    }

    void ask(Set<Long> leases) {
        for (long lease : leases) {
            if (waiting.size() < MAX_WAITING) {
                waiting.add(lease);
            } else {
                view.leaseTold(lease, false);
            }
        }
        askNext();
    }

    /** The link is gone: what is open stays unanswered. */
    void giveUp() {
        asked.forEach(lease -> view.leaseTold(lease, false));
        waiting.forEach(lease -> view.leaseTold(lease, false));
        asked.clear();
        waiting.clear();
    }

    private void askNext() {
        while (asked.size() < UNDER_WAY && !waiting.isEmpty()) {
            long lease = waiting.remove();
            if (asked.add(lease)) {
                step.ask(
                        () -> link.isAlive(lease),
                        limit,
                        alive -> told(lease, alive),
                        failure -> failed(lease, failure));
            }
        }
    }

    private void told(long lease, boolean alive) {
        asked.remove(lease);
        view.leaseTold(lease, alive);
        if (alive) {
            changed.run();
        }
        askNext();
    }

    private void failed(long lease, Throwable failure) {
        if (!failureLogged) {
            log.warn(
                    "Whether lease {} is alive is not known, so what it held does not count as deleted on purpose: {}",
                    Long.toHexString(lease),
                    EtcdFailures.reason(failure));
        }
        failureLogged = true;
        told(lease, false);
    }
}
