package io.proxyd.proxy;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.RoutingTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which draining backends this proxy has let go of: every event loop works with the routing table by which they
 * drain, and nothing is in flight to them. On a thread of its own, which looks only while some have not been let go of.
 */
final class Drains implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Drains.class);
    private static final Duration LOOK = Duration.ofMillis(20);

    private final Supplier<CompletionStage<Void>> loopsPassed;
    private final Consumer<Map<String, LetGo>> tell;
    private final ScheduledThreadPoolExecutor thread;
    private final Map<String, Drain> drains = new HashMap<>();
    private Map<String, LetGo> told = Map.of();
    private boolean looking;

    /**
     * Why a backend drains. Whoever drains it once more, or longer, wants to hear anew that it was let go of.
     *
     * @param registered whether its registration says so
     * @param deadline of its registration
     * @param until the end of the operator's intent
     */
    private record Cause(boolean registered, Optional<Instant> deadline, Optional<Instant> until) {}

    /** One draining backend; several live ones where its address changed. */
    private static final class Drain {
        private final Cause cause;
        private final LetGo known;
        private final List<LiveBackend> backends = new ArrayList<>();
        private boolean passed;

        Drain(Cause cause, LetGo known) {
            this.cause = cause;
            this.known = known;
        }

        Drain alsoUntil(Instant until) {
            return new Drain(new Cause(cause.registered(), cause.deadline(), Optional.of(until)), known);
        }

        boolean letGo() {
            return passed && backends.stream().allMatch(backend -> backend.inFlight() == 0);
        }
    }

    /**
     * @param loopsPassed done when every event loop has ended what it was doing at the call
     * @param tell gets all backends that were let go of, when that changed
     */
    Drains(Supplier<CompletionStage<Void>> loopsPassed, Consumer<Map<String, LetGo>> tell) {
        this.loopsPassed = loopsPassed;
        this.tell = tell;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread runner = new Thread(task, "proxyd-drains");
            runner.setDaemon(true);
            return runner;
        });
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** A table was swapped in; any thread. */
    void update(RoutingTable table) {
        execute(() -> follow(table));
    }

    private void execute(Runnable task) {
        thread.execute(guarded(task));
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("what this proxy has let go of is not known any more", e);
            }
        };
    }

    private void follow(RoutingTable table) {
        Map<String, Drain> wanted = wanted(table);
        drains.keySet().retainAll(wanted.keySet());
        List<Drain> fresh = new ArrayList<>();
        wanted.forEach((name, drain) -> {
            Drain before = drains.get(name);
            if (before == null
                    || !before.cause.equals(drain.cause)
                    || before.known.intents() != drain.known.intents()) {
                drains.put(name, drain);
                fresh.add(drain);
            }
        });
        if (!fresh.isEmpty()) {
            CompletionStage<Void> ignored = loopsPassed
                    .get()
                    .whenComplete((done, failed) -> execute(() -> {
                        fresh.forEach(drain -> drain.passed = true);
                        lookAgain();
                    }));
        }
        tellWhatChanged();
    }

    private void lookAgain() {
        tellWhatChanged();
        if (!looking && drains.values().stream().anyMatch(drain -> drain.passed && !drain.letGo())) {
            looking = true;
            thread.schedule(
                    guarded(() -> {
                        looking = false;
                        lookAgain();
                    }),
                    LOOK.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
    }

    private void tellWhatChanged() {
        Map<String, LetGo> now = new HashMap<>();
        drains.forEach((name, drain) -> {
            if (drain.letGo()) {
                now.put(name, drain.known);
            }
        });
        if (!now.equals(told)) {
            told = Map.copyOf(now);
            tell.accept(told);
        }
    }

    /** What drains by this table; also what it never sends to, since no service of the configuration has it. */
    private static Map<String, Drain> wanted(RoutingTable table) {
        RegistryView view = table.view();
        LetGo known = new LetGo(view.catalog().revision(), view.intentsRevision());
        Map<String, Drain> wanted = new HashMap<>();
        for (Registration registration : view.catalog().registrations()) {
            if (registration.state() == State.DRAINING) {
                Cause cause = new Cause(true, registration.deadline(), Optional.empty());
                wanted.put(registration.name(), new Drain(cause, known));
            }
        }
        view.intents().values().stream()
                .flatMap(ofService -> ofService.values().stream())
                .filter(Intent::drain)
                .forEach(intent -> wanted.merge(
                        intent.name(),
                        new Drain(new Cause(false, Optional.empty(), Optional.of(intent.until())), known),
                        (registered, intended) -> registered.alsoUntil(intent.until())));
        if (!wanted.isEmpty()) {
            table.backends().forEach(backend -> {
                Drain drain = wanted.get(backend.key().toString());
                if (drain != null) {
                    drain.backends.add(backend);
                }
            });
        }
        return wanted;
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
