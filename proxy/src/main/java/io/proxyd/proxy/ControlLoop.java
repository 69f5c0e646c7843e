package io.proxyd.proxy;

import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intents;
import io.proxyd.proxy.evidence.Clocks;
import io.proxyd.proxy.evidence.Evidence;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.IntentsInForce;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.evidence.Moment;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the routing table, on a thread of its own. What goes in (configuration, catalogs, intents of operators) is
 * posted; a burst becomes one table. Each catalog is weighed as evidence in its order. Each new table is swapped in first, then
 * those who keep something per backend are told. While a backend is kept against the registry's word, or an intent waits for
 * its end, health and clock are looked at every 200 ms.
 */
final class ControlLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(5);
    private static final Duration TICK = Duration.ofMillis(200);

    private final RoutingTableBuilder builder;
    private final KnownBackends backends;
    private final BooleanSupplier connected;
    private final Clocks clocks;
    private final Consumer<RoutingTable> onTable;
    private final Evidence evidence;
    private final IntentsInForce intents;
    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1, r -> {
        Thread t = new Thread(r, "proxyd-control");
        t.setDaemon(true);
        return t;
    });
    private final CompletableFuture<RoutingTable> first = new CompletableFuture<>();
    private @Nullable ProxydConfig config;
    private boolean started;
    private boolean stale;
    private boolean ticking;
    private volatile @Nullable RoutingTable table;
    private volatile EvidenceStatus status = EvidenceStatus.NOTHING;

    /**
     * Makes an idle loop.
     *
     * @param backends follows and retires the backends of the tables
     * @param initial the configuration to begin with; how the registry is weighed stays as it says
     * @param connected whether the registry is; any thread
     * @param onTable called on the control thread with each table that was swapped in
     */
    ControlLoop(
            ProxydConfig initial,
            RoutingTableBuilder builder,
            KnownBackends backends,
            Journal journal,
            BooleanSupplier connected,
            Clocks clocks,
            Consumer<RoutingTable> onTable) {
        this.builder = builder;
        this.backends = backends;
        this.connected = connected;
        this.clocks = clocks;
        this.onTable = onTable;
        this.intents = new IntentsInForce(journal);
        this.evidence =
                new Evidence(initial.evidence(), new LiveWitness(() -> config, () -> table, intents, clocks), journal);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Posts a validated configuration; any thread. */
    void post(ProxydConfig newConfig) {
        execute(() -> {
            config = newConfig;
            evidence.configured();
            stale();
        });
    }

    /** Posts a catalog; any thread. One that was read from disk is not used before {@link #startWithWhatIsKnown}. */
    void post(Catalog newCatalog) {
        execute(() -> {
            evidence.heard(newCatalog, clocks.now());
            started |= !newCatalog.lineage().remembered();
            stale();
        });
    }

    /** Posts all intents that operators have; any thread. */
    void post(Intents newIntents) {
        execute(() -> {
            if (intents.take(newIntents, clocks.now().time())) {
                stale();
            }
        });
    }

    /** Runs something once everything that was posted before is in the table; any thread. */
    void then(Runnable action) {
        execute(() -> execute(action));
    }

    /** If the registry has not answered yet, goes on with the catalog that was read from disk, or without any; any thread. */
    void startWithWhatIsKnown() {
        execute(() -> {
            if (!started) {
                started = true;
                evidence.snapshotInUse();
                stale();
            }
        });
    }

    /**
     * Lets go of the backends that the brake holds; any thread.
     *
     * @param service null for those of all services
     * @return how many that drops, once the routing table is without them
     */
    CompletionStage<Integer> accept(@Nullable String service) {
        CompletableFuture<Integer> done = new CompletableFuture<>();
        execute(() -> {
            try {
                int dropped = evidence.accept(service);
                rebuild();
                done.complete(dropped);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
                throw e;
            }
        });
        if (thread.isShutdown()) {
            done.completeExceptionally(new IllegalStateException("the control loop has ended"));
        }
        return done;
    }

    /** The table that requests are served from; null before the first. Any thread. */
    @Nullable RoutingTable table() {
        return table;
    }

    /** Where the registry is not followed, as of at most some 200 ms ago; any thread. */
    EvidenceStatus status() {
        return status;
    }

    /** Done when the first table was built; any thread. */
    CompletableFuture<RoutingTable> first() {
        return first;
    }

    /** What was posted before this rebuild runs is taken up by it, so a burst costs one table. */
    private void stale() {
        if (!stale) {
            stale = true;
            execute(this::rebuild);
        }
    }

    private void rebuild() {
        stale = false;
        ProxydConfig currentConfig = config;
        if (currentConfig == null || !started) {
            return;
        }
        RoutingTable before = table;
        RoutingTable after =
                builder.build(currentConfig, evidence.view(intents.byService()).at(intents.revision()), before);
        backends.follow(
                before, after); // literals resolve at once, so that the first table can be used as it is swapped in
        status = evidence.status(connected.getAsBoolean());
        table = after;
        backends.drop(before, after);
        onTable.accept(after);
        first.complete(after);
        tickIfNeeded();
    }

    private void tickIfNeeded() {
        if (!ticking && (evidence.keeping() || intents.any())) {
            ticking = true;
            thread.schedule(guarded(this::tick), TICK.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void tick() {
        ticking = false;
        Moment now = clocks.now();
        boolean changed = evidence.elapse(connected.getAsBoolean(), now);
        changed |= intents.refresh(now.time());
        if (changed) {
            rebuild();
        } else {
            status = evidence.status(connected.getAsBoolean());
            tickIfNeeded();
        }
    }

    private void execute(Runnable task) {
        try {
            thread.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("posted after the end", e);
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("the routing table stays as it is, as building it failed", e);
            }
        };
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the control loop did not end within {}", CLOSE_TIME);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        backends.close();
    }
}
