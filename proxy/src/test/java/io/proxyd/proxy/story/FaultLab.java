package io.proxyd.proxy.story;

import io.proxyd.discovery.etcd.Namespaces;
import io.proxyd.proxy.route.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Three backends as processes, on hosts of their own where this process may make them, and a proxy in front of them with the
 * configuration that is shipped.
 */
final class FaultLab implements AutoCloseable {
    static final int BACKENDS = 3;

    private static final String CONFIG =
            """
            runtime: { transport: %s, event-loops: 2, drain-timeout: 1s }
            listeners: [{ address: "127.0.0.1:0" }]
            registry: { file: { path: "%s" } }
            services: { web: { health-check: { path: /healthz } } }
            routes: [{ path: /, service: web }]
            """;

    private final Optional<Namespaces> hosts = Namespaces.make(BACKENDS);
    private final List<FaultyProcess> backends = new ArrayList<>();
    private final String config;
    private @Nullable RunningProxy proxy;

    FaultLab(Path folder) throws IOException {
        Path registry = folder.resolve("registry");
        Path service = Files.createDirectories(registry.resolve("web"));
        for (int i = 0; i < BACKENDS; i++) {
            int host = i;
            FaultyProcess backend = new FaultyProcess(
                    "backend-" + i,
                    hosts.map(h -> h.address(host)).orElse("127.0.0.1"),
                    hosts.map(h -> h.launcher(host)).orElse(List.of()),
                    folder);
            backends.add(backend);
            Files.writeString(service.resolve(backend.name() + ".json"), backend.registration());
        }
        config = CONFIG.formatted(RunningProxy.TRANSPORT, registry);
    }

    /** Starts a proxy, to which nothing has happened yet, in the place of the one before; returns it once all backends are up. */
    RunningProxy freshProxy() throws InterruptedException {
        close(proxy);
        proxy = RunningProxy.start(config);
        awaitAllUp();
        return proxy;
    }

    List<FaultyProcess> backends() {
        return backends;
    }

    /** Whether the backends are on hosts of their own; else none of them can be unplugged. */
    boolean hasHosts() {
        return hosts.isPresent();
    }

    void unplug(FaultyProcess backend) {
        hosts.orElseThrow().unplug(backends.indexOf(backend));
    }

    void plug(FaultyProcess backend) {
        hosts.orElseThrow().plug(backends.indexOf(backend));
    }

    /** Returns once all backends are up. */
    void awaitAllUp() {
        for (FaultyProcess backend : backends) {
            Objects.requireNonNull(proxy).awaitStanding("web", backend.name(), Standing.UP);
        }
    }

    /** The POSTs that were executed more than once. */
    List<String> executedTwice() {
        return backends.stream()
                .flatMap(backend -> backend.executed().stream())
                .collect(Collectors.groupingBy(target -> target, Collectors.counting()))
                .entrySet()
                .stream()
                .filter(target -> target.getValue() > 1)
                .map(Object::toString)
                .toList();
    }

    @Override
    public void close() {
        close(proxy);
        backends.forEach(FaultyProcess::close);
        hosts.ifPresent(Namespaces::close);
    }

    private static void close(@Nullable RunningProxy proxy) {
        if (proxy != null) {
            proxy.close();
        }
    }
}
