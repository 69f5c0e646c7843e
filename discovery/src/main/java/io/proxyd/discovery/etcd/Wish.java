package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Drained;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** What an announcer was asked for last. Two wishes are the same only if they are one object. */
sealed interface Wish {
    /** Another wish took its place. */
    default void abandon() {}

    /** How long it may take, if there is a limit; zero or negative once that is over. */
    default Duration left() {
        return Duration.ofNanos(Long.MAX_VALUE);
    }

    /** To be registered. */
    final class Registered implements Wish {}

    /** Not to be registered. */
    final class Withdrawn implements Wish {}

    /** To be registered as draining, then not to be. */
    final class Draining implements Wish {
        private final Instant deadline;
        private final long deadlineNanos;
        private final CompletableFuture<Drained> end = new CompletableFuture<>();

        Draining(Duration atMost, Instant now) {
            this.deadline = now.plus(atMost);
            this.deadlineNanos = System.nanoTime() + atMost.toNanos();
        }

        /** By the clock, for others to read. */
        Instant deadline() {
            return deadline;
        }

        @Override
        public Duration left() {
            return Duration.ofNanos(deadlineNanos - System.nanoTime());
        }

        CompletableFuture<Drained> end() {
            return end;
        }

        @Override
        public void abandon() {
            end.complete(Drained.unheard("the wait was cut short"));
        }
    }

    /** Not to be registered, and then no more. */
    final class Ended implements Wish {
        private final long deadlineNanos;

        Ended(Duration atMost) {
            this.deadlineNanos = System.nanoTime() + atMost.toNanos();
        }

        @Override
        public Duration left() {
            return Duration.ofNanos(deadlineNanos - System.nanoTime());
        }
    }
}
