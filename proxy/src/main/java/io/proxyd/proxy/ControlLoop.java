package io.proxyd.proxy;

import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intents;
import io.proxyd.discovery.dns.HostNames;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the routing table, on a thread of its own. What goes in (configuration, catalogs) is posted; a burst becomes
 * one table. Each new table is swapped in first, then those who keep something per backend are told.
 */
final class ControlLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

    private final RoutingTableBuilder builder;
    private final HostNames hostNames;
    private final Consumer<RoutingTable> onTable;
    private final Consumer<LiveBackend> onRemoved;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
        Thread t = new Thread(r, "proxyd-control");
        t.setDaemon(true);
        return t;
    });
    private final CompletableFuture<RoutingTable> first = new CompletableFuture<>();
    private final Map<LiveBackend, HostNames.Following> followed = new HashMap<>();
    private @Nullable ProxydConfig config;
    private @Nullable Catalog catalog;
    private boolean stale;
    private volatile @Nullable RoutingTable table;

    /**
     * Makes an idle loop.
     *
     * @param onTable called on the control thread with each table that was swapped in
     * @param onRemoved called on the control thread with each backend that the newest table names no more
     */
    ControlLoop(
            RoutingTableBuilder builder,
            HostNames hostNames,
            Consumer<RoutingTable> onTable,
            Consumer<LiveBackend> onRemoved) {
        this.builder = builder;
        this.hostNames = hostNames;
        this.onTable = onTable;
        this.onRemoved = onRemoved;
    }

    /** Posts a validated configuration; any thread. */
    void post(ProxydConfig newConfig) {
        execute(() -> {
            config = newConfig;
            stale();
        });
    }

    /** Posts a catalog; any thread. */
    void post(Catalog newCatalog) {
        execute(() -> {
            catalog = newCatalog;
            stale();
        });
    }

    /** Posts what the operators want; any thread. */
    void post(Intents newIntents) {
        execute(this::stale);
    }

    /** Runs something once everything that was posted before is in the table; any thread. */
    void then(Runnable action) {
        execute(() -> execute(action));
    }

    java.util.concurrent.CompletionStage<Integer> accept(@Nullable String service) {
        return CompletableFuture.completedFuture(0);
    }

    /** Posts an empty catalog if none has come; any thread. */
    void postEmptyIfNone() {
        execute(() -> {
            if (catalog == null) {
                catalog = new Catalog(0, List.of(), List.of());
                stale();
            }
        });
    }

    /** The table that requests are served from; null before the first. Any thread. */
    @Nullable RoutingTable table() {
        return table;
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
        Catalog currentCatalog = catalog;
        if (currentConfig == null || currentCatalog == null) {
            return;
        }
        RoutingTable before = table;
        RoutingTable after = builder.build(currentConfig, currentCatalog, before);
        followHostNames(after); // literals resolve at once, so that the first table can be used as it is swapped in
        table = after;
        dropRemoved(after);
        onTable.accept(after);
        first.complete(after);
    }

    private void followHostNames(RoutingTable after) {
        after.backends().filter(b -> !followed.containsKey(b)).forEach(backend -> {
            LiveBackend.Key key = backend.key();
            LOG.info("{} at {}:{} is known", backend, key.host(), key.port());
            followed.put(
                    backend,
                    hostNames.follow(key.host(), ip -> backend.address(new InetSocketAddress(ip, key.port()))));
        });
    }

    private void dropRemoved(RoutingTable after) {
        Set<LiveBackend> kept = after.backends().collect(Collectors.toSet());
        List<LiveBackend> removed =
                followed.keySet().stream().filter(b -> !kept.contains(b)).toList();
        for (LiveBackend backend : removed) {
            LOG.info("{} is gone", backend);
            HostNames.Following following = followed.remove(backend);
            if (following != null) {
                following.close();
            }
            backend.retire();
            onRemoved.accept(backend);
        }
    }

    private void execute(Runnable task) {
        try {
            thread.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("the routing table stays as it is, as building it failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("posted after the end", e);
        }
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
        followed.values().forEach(HostNames.Following::close);
    }
}
