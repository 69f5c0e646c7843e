package io.proxyd.proxy.story;

import io.proxyd.config.ConfigLoader;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.dns.NettyHostNames;
import io.proxyd.discovery.etcd.EtcdIntents;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.discovery.etcd.EtcdRegistry;
import io.proxyd.discovery.file.FileRegistry;
import io.proxyd.proxy.ProxyServer;
import io.proxyd.proxy.RegistryParts;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import io.proxyd.proxy.telemetry.Propagation;
import io.proxyd.proxy.telemetry.Sources;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A proxy server of this process, with all its real parts, made from the text of a configuration. */
final class RunningProxy implements AutoCloseable {
    /** Which transport the stories run on. */
    static final String TRANSPORT = System.getProperty("story.transport", "auto");

    private static final String CONFIG =
            """
            runtime: { transport: TRANSPORT, event-loops: 2, drain-timeout: 5s }
            listeners: [{ address: "127.0.0.1:0" }]
            registry: %s
            services:
              web:
                health-check: { path: /healthz, interval: 500ms, timeout: 500ms, rise: 1, fall: 2 }
                ejection: { base: 1s }
            routes: [{ path: /, service: web }]
            """
                    .replace("TRANSPORT", TRANSPORT);

    private final Registry registry;
    private final IntentBoard board;
    private final ProxyServer server;

    private RunningProxy(Registry registry, IntentBoard board, ProxyServer server) {
        this.registry = registry;
        this.board = board;
        this.server = server;
    }

    /** Follows etcd with the one service {@code web}, which has all requests. */
    static RunningProxy following(EtcdProcess etcd) throws InterruptedException {
        return start(CONFIG.formatted("{ etcd: { endpoints: [\"" + etcd.endpoint() + "\"] } }"));
    }

    /** Follows a folder with the one service {@code web}, which has all requests. */
    static RunningProxy following(Path folder) throws InterruptedException {
        return start(CONFIG.formatted("{ file: { path: \"" + folder + "\" } }"));
    }

    static RunningProxy start(String yaml) throws InterruptedException {
        return start(yaml, RunningProxy::registry);
    }

    /** @param registries opens the registry that the configuration tells */
    static RunningProxy start(String yaml, Function<RegistryConfig, Registry> registries) throws InterruptedException {
        ProxydConfig config = ConfigLoader.parse("story.yaml", yaml);
        Registry registry = registries.apply(config.registry());
        IntentBoard board = board(config.registry());
        ProxyServer server = new ProxyServer(
                config,
                new RegistryParts(registry, board, Optional.empty()),
                new NettyHostNames(),
                ExchangeLog.OFF,
                InstantSource.system());
        RunningProxy proxy = new RunningProxy(registry, board, server);
        try {
            server.start();
            return proxy;
        } catch (InterruptedException | RuntimeException e) {
            proxy.close();
            throw e;
        }
    }

    private static Registry registry(RegistryConfig config) {
        return config instanceof RegistryConfig.Etcd etcd
                ? new EtcdRegistry(etcd)
                : new FileRegistry((RegistryConfig.File) config);
    }

    private static IntentBoard board(RegistryConfig config) {
        String id = "proxy-" + UUID.randomUUID();
        return config instanceof RegistryConfig.Etcd etcd
                ? new EtcdIntents(etcd, id, Map.of(), InstantSource.system())
                : new LocalIntents("the file registry carries no intents", id, Map.of(), InstantSource.system());
    }

    IntentBoard board() {
        return board;
    }

    Journal journal() {
        return server.journal();
    }

    /** What its metrics read; the clocks are those of this machine. */
    Sources sources() {
        return new Sources(
                server::table,
                server::registryStatus,
                server::evidence,
                server.journal(),
                server.propagation(),
                server.counts(),
                server::listenerCounts,
                server::memory,
                server::listening,
                InstantSource.system(),
                System::nanoTime);
    }

    /** Does what {@code proxyctl registry accept} asks for, and returns how many backends that dropped. */
    int accept(String service) {
        return server.accept(service)
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    Propagation propagation() {
        return server.propagation();
    }

    /** Waits until the backend of this id that listens on this port stands like that. */
    void awaitStanding(String service, String id, int port, Standing wanted) {
        Eventually.until(
                () -> Objects.requireNonNull(table().services().get(service)).backends().stream()
                        .anyMatch(backend -> backend.key().id().equals(id)
                                && backend.key().port() == port
                                && standing(service, id) == wanted),
                () -> service + "/" + id + " on port " + port + " is " + standing(service, id));
    }

    InetSocketAddress address() {
        return server.addresses().get(0);
    }

    RoutingTable table() {
        return Objects.requireNonNull(server.table());
    }

    RegistryStatus registryStatus() {
        return registry.status();
    }

    /** Where a backend stands; null if the routing table does not know it. */
    @Nullable Standing standing(String service, String id) {
        Service found = Objects.requireNonNull(table().services().get(service));
        for (LiveBackend backend : found.backends()) {
            if (backend.key().id().equals(id)) {
                return found.standing(backend, System.nanoTime());
            }
        }
        return null;
    }

    /** Returns once a backend stands where it should; null for being unknown. */
    void awaitStanding(String service, String id, @Nullable Standing wanted) {
        Eventually.until(
                () -> standing(service, id) == wanted,
                () -> service + "/" + id + " is " + standing(service, id) + ", wanted " + wanted);
    }

    @Override
    public void close() {
        server.close();
    }
}
