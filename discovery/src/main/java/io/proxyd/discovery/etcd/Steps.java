package io.proxyd.discovery.etcd;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a loop, cut into steps: whatever was asked for, posted or scheduled in a step is dropped once the loop
 * went on to the next one, so that an answer from the past finds no one.
 *
 * <p>What runs here may fail: that is a bug, which is handed to the loop instead of ending its thread.
 */
final class Steps {
    private final ScheduledExecutorService thread;
    private final Consumer<Throwable> bug;
    private volatile @Nullable Step current;

    /** @param bug gets what an action threw, on the thread */
    Steps(ScheduledExecutorService thread, Consumer<Throwable> bug) {
        this.thread = thread;
        this.bug = bug;
    }

    /** Ends the current step and begins another. */
    Step next() {
        Step next = new Step();
        current = next;
        return next;
    }

    /** Runs it on the thread after a pause, whatever the step is then. */
    void inAnyStep(Duration pause, Runnable action) {
        Future<?> ignored = thread.schedule(() -> guard(action), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void guard(Runnable action) {
        try {
            action.run();
        } catch (Throwable t) { // a bug costs the connection, not the loop
            bug.accept(t);
        }
    }

    /** One phase of the loop. */
    final class Step {
        private Step() {}

        /** Runs it on the thread, behind what waits there; any thread. */
        void post(Runnable action) {
            thread.execute(() -> run(action));
        }

        /** Runs it on the thread after a pause; any thread. */
        Future<?> later(Duration pause, Runnable action) {
            return thread.schedule(() -> run(action), pause.toNanos(), TimeUnit.NANOSECONDS);
        }

        /** Makes a call of which exactly one comes back on the thread: its answer, its failure, or that there was none. */
        <T> void ask(
                Supplier<? extends CompletionStage<T>> call,
                Duration limit,
                Consumer<T> then,
                Consumer<Throwable> otherwise) {
            Question<T> question = new Question<>(then, otherwise);
            Future<?> deadline = later(
                    limit,
                    () -> question.failed(
                            new TimeoutException("no answer within " + limit.toMillis() / 1000.0 + " s")));
            CompletionStage<T> ignored = call.get().whenComplete((answer, failure) -> {
                deadline.cancel(false);
                post(failure == null ? () -> question.answered(answer) : () -> question.failed(failure));
            });
        }

        private void run(Runnable action) {
            if (current == this) {
                guard(action);
            }
        }
    }

    /** Takes the first of an answer, a failure and a timeout; on the thread. */
    private static final class Question<T> {
        private final Consumer<T> then;
        private final Consumer<Throwable> otherwise;
        private boolean done;

        Question(Consumer<T> then, Consumer<Throwable> otherwise) {
            this.then = then;
            this.otherwise = otherwise;
        }

        void answered(T answer) {
            if (!done) {
                done = true;
                then.accept(answer);
            }
        }

        void failed(Throwable failure) {
            if (!done) {
                done = true;
                otherwise.accept(failure);
            }
        }
    }
}
