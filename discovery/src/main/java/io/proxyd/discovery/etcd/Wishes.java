package io.proxyd.discovery.etcd;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The newest wish, for one thread to follow and any thread to set. */
final class Wishes {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Wish current = new Wish.Withdrawn();

    Wish current() {
        lock.lock();
        try {
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the place of the wish before, unless that was to end. */
    void set(Wish wish) {
        Wish abandoned = exchange(wish);
        abandoned.abandon();
    }

    private Wish exchange(Wish wish) {
        lock.lock();
        try {
            Wish before = current;
            if (before instanceof Wish.Ended) {
                return wish;
            }
            current = wish;
            changed.signalAll();
            return before;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the wish is another one, at most this long; for ever if that is null. */
    void awaitOther(Wish than, @Nullable Duration atMost) throws InterruptedException {
        lock.lock();
        try {
            long left = atMost == null ? Long.MAX_VALUE : atMost.toNanos();
            while (current == than && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
