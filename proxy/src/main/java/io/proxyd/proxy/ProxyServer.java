package io.proxyd.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NettyRuntime;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.disk.CatalogKeeper;
import io.proxyd.discovery.disk.KeptCatalog;
import io.proxyd.discovery.dns.HostNames;
import io.proxyd.process.InheritedSockets;
import io.proxyd.proxy.evidence.Clocks;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.health.HealthChecks;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.Standing;
import io.proxyd.proxy.telemetry.ListenerCounts;
import io.proxyd.proxy.telemetry.MemoryUse;
import io.proxyd.proxy.telemetry.Propagation;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The composition root: makes every part, starts them in order, and stops them in the reverse one. */
public final class ProxyServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

    /** How long the registry's first catalog is waited for; then the remembered one is used, or configured backends alone. */
    private static final Duration FIRST_CATALOG = Duration.ofSeconds(5);

    /** The same where the last good catalog is at hand. */
    private static final Duration FIRST_CATALOG_WITH_SNAPSHOT = Duration.ofSeconds(2);

    /** How long the listeners wait for backends that are known to be well; a health check that is answered takes less. */
    private static final Duration FIRST_BACKENDS = Duration.ofSeconds(1);

    private final Transport transport;
    private final EventLoopGroup loops;
    private final List<Worker> workers = new ArrayList<>();
    private final Journal journal;
    private final ControlLoop control;
    private final RegistryParts parts;
    private final InstantSource clock;
    private final HostNames hostNames;
    private final EventLoopGroup healthLoop;
    private final HealthChecks health;
    private final MemoryGuard memory;
    private final Listeners listeners;
    private final Drains drains;
    private final Propagation propagation = new Propagation();
    private ProxydConfig config;
    private volatile boolean listening;
    private volatile @Nullable OrderlyStop stop;
    private volatile @Nullable KeptCatalog kept;

    /** Makes everything, starts nothing. Takes ownership of the parts of the registry and of the host names. */
    public ProxyServer(
            ProxydConfig config, RegistryParts parts, HostNames hostNames, ExchangeLog log, InstantSource clock) {
        this(config, parts, hostNames, log, clock, System::nanoTime, InheritedSockets.NONE);
    }

    /**
     * The same with a clock for how long backends are kept against the registry's word.
     *
     * @param nanoTime as {@link System#nanoTime}
     * @param given sockets that listeners of the same address are to use; takes ownership of them
     */
    public ProxyServer(
            ProxydConfig config,
            RegistryParts parts,
            HostNames hostNames,
            ExchangeLog log,
            InstantSource clock,
            LongSupplier nanoTime,
            InheritedSockets given) {
        this.config = config;
        this.parts = parts;
        this.clock = clock;
        this.hostNames = hostNames;
        this.transport = Transport.choose(config.runtime().transport());
        int count = config.runtime().eventLoops();
        int loopCount = count == 0 ? NettyRuntime.availableProcessors() : count;
        this.loops = new MultiThreadIoEventLoopGroup(
                loopCount, new DefaultThreadFactory("proxyd-loop"), transport.ioHandler());
        this.healthLoop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("proxyd-health", true), NioIoHandler.newFactory());
        this.health = new HealthChecks(healthLoop.next(), NioSocketChannel::new, clock, new SplittableRandom());
        this.memory = MemoryGuard.of(config.runtime().memoryShare());
        this.journal = new Journal(clock);
        this.control = new ControlLoop(
                config,
                new RoutingTableBuilder(
                        loopCount, clock, BackendEvents.of(List.of(journal, health, new Convictions(workers)))),
                new KnownBackends(hostNames, this::onRemoved),
                journal,
                this::registryConnected,
                new Clocks(clock, nanoTime),
                this::onTable);
        int index = 0;
        for (var executor : loops) {
            workers.add(new Worker(
                    index++, (EventLoop) executor, transport, loopCount, memory, this::requireTable, log, clock));
        }
        this.listeners = new Listeners(workers, loops, given);
        this.drains = new Drains(this::loopsPassed, parts.board()::letGo);
    }

    /**
     * Builds the first routing table, then opens the listeners.
     *
     * @throws Listener.BindFailure if an address cannot be had
     */
    public void start() throws InterruptedException {
        start(CompletableFuture.completedFuture(null));
    }

    /** The same, and makes what requests need ready before the listeners are open. */
    void startWarm() throws InterruptedException {
        start(WarmUp.begin(transport));
    }

    private void start(CompletableFuture<Void> before) throws InterruptedException {
        prepare();
        before.join();
        listeners.apply(config.listeners());
        listening = true;
        OpenFiles.check(config.listeners());
        LOG.info(
                "ready: listening on {}, transport {} ({}), {} event loops, registry {}",
                listeners.names(),
                transport.name(),
                transport.reason(),
                workers.size(),
                parts.registry().status().kind());
    }

    private void prepare() throws InterruptedException {
        control.post(config);
        kept = parts.keeper().flatMap(CatalogKeeper::load).orElse(null);
        Catalog known = kept == null ? Catalog.EMPTY : kept.catalog();
        if (kept != null) {
            control.post(known);
        }
        parts.registry().watch(known, control::post);
        parts.board().watch(control::post, this::canaryCame);
        awaitFirstTable();
        awaitFirstBackends();
        memory.watch(healthLoop.next());
    }

    /** The threads that must get on for proxyd to serve, by name. */
    Map<String, Executor> threads() {
        Map<String, Executor> threads = new LinkedHashMap<>();
        for (int i = 0; i < workers.size(); i++) {
            threads.put("event loop " + i, workers.get(i).loop());
        }
        threads.put("the control loop", control::then);
        return threads;
    }

    private void awaitFirstTable() throws InterruptedException {
        Duration patience = kept == null ? FIRST_CATALOG : FIRST_CATALOG_WITH_SNAPSHOT;
        try {
            control.first().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn(
                    "the registry has not answered within {} s ({}); serving {} until it does",
                    patience.toSeconds(),
                    parts.registry().status().error(),
                    known());
            control.startWithWhatIsKnown();
            control.first().join();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the first routing table could not be built", e.getCause());
        }
    }

    /** Names are to be resolved and first health checks to be answered, before which requests would have nowhere to go. */
    private void awaitFirstBackends() throws InterruptedException {
        long deadline = System.nanoTime() + FIRST_BACKENDS.toNanos();
        while (!eachServiceIsUp() && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Whether each service that has backends has one that is known to be well. */
    private boolean eachServiceIsUp() {
        long nowNanos = System.nanoTime();
        return requireTable().services().values().stream()
                .allMatch(service -> service.backends().isEmpty()
                        || service.backends().stream()
                                .anyMatch(backend -> service.standing(backend, nowNanos) == Standing.UP));
    }

    private String known() {
        KeptCatalog used = kept;
        return used == null
                ? "configured backends"
                : "the last good catalog, source=snapshot age="
                        + Duration.between(used.confirmed(), clock.instant()).toSeconds() + "s revision="
                        + used.catalog().revision();
    }

    /** How well the registry is known; told of the catalog on disk until the registry answers. Any thread. */
    public RegistryStatus registryStatus() {
        RegistryStatus status = parts.registry().status();
        KeptCatalog used = kept;
        return status.confirmed() != null || used == null
                ? status
                : new RegistryStatus(
                        status.kind(),
                        status.connected(),
                        used.catalog().revision(),
                        used.confirmed(),
                        status.error(),
                        true,
                        status.upkeep());
    }

    /** Where operators say what they want. */
    public IntentBoard board() {
        return parts.board();
    }

    /**
     * Puts a validated configuration in the place of the former one, or leaves all as it is.
     *
     * @throws Listener.BindFailure if a new address cannot be had
     */
    public synchronized void reload(ProxydConfig changed) {
        listeners.apply(changed.listeners());
        control.post(changed);
        if (!changed.listeners().equals(config.listeners())) {
            OpenFiles.check(changed.listeners());
        }
        config = changed;
    }

    /** Where the listeners are bound, in the order of the configuration. */
    public List<InetSocketAddress> addresses() {
        return listeners.boundAddresses();
    }

    /** How it stands, in one line; any thread. */
    String statusLine() {
        OrderlyStop begun = stop;
        return begun != null
                ? begun.statusLine()
                : StatusLine.serving(
                        table(),
                        registryStatus(),
                        evidence(),
                        listeners.unanswered(),
                        clock.instant(),
                        System.nanoTime());
    }

    /** The addresses that systemd holds open and no listener of the configuration has; any thread. */
    public List<String> unanswered() {
        return listeners.unanswered();
    }

    /** The table that requests are served from; null before the first. */
    public @Nullable RoutingTable table() {
        return control.table();
    }

    /** Where the registry is not followed at the moment. */
    public EvidenceStatus evidence() {
        return control.status();
    }

    /** What happened to services and backends of late. */
    public Journal journal() {
        return journal;
    }

    /**
     * Lets go of the backends that the brake holds; any thread.
     *
     * @param service null for those of all services
     * @return how many that drops, once the routing table is without them
     */
    public CompletionStage<Integer> accept(@Nullable String service) {
        return control.accept(service);
    }

    /** What is remembered of the newest request with this id, if any event loop knows one; any thread. */
    public CompletionStage<Optional<TracedExchange>> trace(String requestId) {
        CompletableFuture<Optional<TracedExchange>> newest = CompletableFuture.completedFuture(Optional.empty());
        for (Worker worker : workers) {
            newest = newest.thenCombine(worker.trace(requestId), (a, b) -> Stream.concat(a.stream(), b.stream())
                    .max(Comparator.comparing(TracedExchange::start)));
        }
        return newest;
    }

    /** Whether the listeners are open. */
    public boolean listening() {
        return listening;
    }

    /** What each event loop counts. */
    public List<LoopCounts> counts() {
        return workers.stream().map(Worker::counts).toList();
    }

    /** How much memory is in use, and how much may be. */
    public MemoryUse memory() {
        return memory.use();
    }

    /** What each open listener counts. */
    public List<ListenerCounts> listenerCounts() {
        return listeners.counts();
    }

    private RoutingTable requireTable() {
        RoutingTable table = control.table();
        if (table == null) {
            throw new IllegalStateException("a listener is open before the first routing table");
        }
        return table;
    }

    private boolean registryConnected() {
        RegistryStatus status = parts.registry().status();
        return status.connected() && !status.remembered();
    }

    private void onTable(RoutingTable table) {
        boolean registryAnswered =
                table.catalog().revision() > 0 && !table.catalog().lineage().remembered();
        if (registryAnswered) {
            parts.keeper().ifPresent(keeper -> keeper.keep(table.view().believed()));
        }
        health.update(table);
        drains.update(table);
    }

    /** Whatever came before it is in the routing table once the control loop gets to it. */
    private void canaryCame(Instant sent) {
        control.then(() -> propagation.took(Duration.between(sent, clock.instant())));
    }

    /** How long it takes from etcd to the routing table. */
    public Propagation propagation() {
        return propagation;
    }

    private CompletionStage<Void> loopsPassed() {
        return CompletableFuture.allOf(workers.stream().map(Worker::passed).toArray(CompletableFuture<?>[]::new));
    }

    private void onRemoved(LiveBackend backend) {
        workers.forEach(worker -> worker.forget(backend));
    }

    /** Drains for at most the configured time, then stops. */
    @Override
    public void close() {
        listening = false;
        try {
            OrderlyStop begun =
                    new OrderlyStop(workers, listeners, config.runtime().drainTimeout());
            stop = begun;
            begun.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        parts.close();
        drains.close();
        control.close();
        hostNames.close();
        health.close();
        healthLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
