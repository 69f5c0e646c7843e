package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.RegistrationReader;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registrations in etcd, followed with a watch; needs etcd 3.4 or newer.
 *
 * <p>Catalogs come from one thread, {@code proxyd-registry-etcd}, which also parses the values.
 */
public final class EtcdRegistry implements Registry {
    private static final Logger log = LoggerFactory.getLogger(EtcdRegistry.class);
    private static final long CLOSE_SECONDS = 5;

    private final RegistryConfig.Etcd config;
    private final WatchTiming timing;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final ScheduledThreadPoolExecutor thread;
    private final GrpcLog grpcLog = new GrpcLog();

    private volatile @Nullable CatalogFeed feed;
    private volatile @Nullable WatchLoop loop;

    /** @throws IllegalArgumentException when an endpoint is neither {@code http://HOST:PORT} nor {@code https://HOST:PORT} */
    public EtcdRegistry(RegistryConfig.Etcd config) {
        this(config, WatchTiming.DEFAULT.auditing(config.auditInterval()), Clock.systemUTC(), new Random());
    }

    EtcdRegistry(RegistryConfig.Etcd config, WatchTiming timing, InstantSource clock, RandomGenerator random) {
        config.endpoints().forEach(EtcdRegistry::check);
        this.config = config;
        this.timing = timing;
        this.clock = clock;
        this.random = random;
        grpcLog.quiet();
        this.thread = new ScheduledThreadPoolExecutor(1, EtcdRegistry::newThread);
        // After close a late answer of jetcd has nowhere to go, and that is right.
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setRemoveOnCancelPolicy(true);
    }

    @Override
    public void watch(Catalog known, Consumer<Catalog> listener) {
        if (feed != null) {
            throw new IllegalStateException("watch was called before on " + place() + ", expected one call");
        }
        UnaryOperator<String> shownKey = key -> config.prefix() + key;
        CatalogFeed opened = new CatalogFeed("etcd", place(), listener, clock);
        HeldRegistrations held = new HeldRegistrations(shownKey, clock);
        known.registrations().forEach(held::remember);
        Members members = new Members(config, random);
        WatchLoop started = new WatchLoop(
                () -> new JetcdLink(members.next(), config.prefix()),
                thread,
                timing,
                new Backoff(timing.firstPause(), timing.maxPause(), random),
                new RegistrationsView(new RegistrationReader(shownKey), held, opened),
                momentOf(known),
                clock);
        feed = opened;
        loop = started;
        started.start();
    }

    @Override
    public RegistryStatus status() {
        CatalogFeed opened = feed;
        WatchLoop started = loop;
        if (opened == null || started == null) {
            return new RegistryStatus("etcd", false, 0, null, "not started");
        }
        RegistryStatus now = opened.status();
        return new RegistryStatus(
                now.kind(),
                now.connected(),
                now.revision(),
                now.confirmed(),
                now.error(),
                now.remembered(),
                started.upkeep());
    }

    @Override
    public void close() {
        WatchLoop started = loop;
        if (started != null) {
            thread.execute(started::stop);
        }
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("The thread of {} did not end within {} s", place(), CLOSE_SECONDS);
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private String place() {
        return config.endpoints().stream().map(URI::toString).collect(Collectors.joining(", ", "etcd ", ""));
    }

    /** Where the catalog was taken; one that does not come from etcd says nothing about etcd's revision. */
    private static EtcdLink.Moment momentOf(Catalog known) {
        long cluster = known.lineage().cluster();
        return new EtcdLink.Moment(cluster, cluster == 0 ? 0 : known.revision());
    }

    private static void check(URI endpoint) {
        String scheme = endpoint.getScheme();
        if (!("http".equals(scheme) || "https".equals(scheme)) || endpoint.getHost() == null) {
            throw new IllegalArgumentException(
                    "registry.etcd.endpoints has " + endpoint + ", expected http://HOST:PORT or https://HOST:PORT");
        }
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "proxyd-registry-etcd");
        thread.setDaemon(true);
        return thread;
    }
}
