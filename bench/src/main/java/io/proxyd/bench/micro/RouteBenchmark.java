package io.proxyd.bench.micro;

import io.proxyd.config.ConfigLoader;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.Route;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the service of a request among exact hosts, wildcard hosts and paths, ten paths to a host. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteBenchmark {
    private static final int PATHS_PER_HOST = 10;
    private static final String CONFIG =
            """
            listeners: [{ address: 127.0.0.1:1 }]
            services: { shop: { backends: ["127.0.0.1:2"] } }
            """;

    @Param({"10", "1000", "100000"})
    public int routes;

    private RoutingTable table = table(List.of());
    private final RequestHead exact = request("host0.example.org", "/p3/entries/7");
    private final RequestHead wildcard = request("a.b.wild0.example.org", "/p3/entries/7");
    private final RequestHead unknown = request("www.example.net", "/p3/entries/7");

    /** Half of the hosts are wildcards. */
    @Setup
    public void routes() {
        table = table(IntStream.range(0, routes)
                .mapToObj(i -> {
                    int host = i / 2 / (PATHS_PER_HOST / 2);
                    String name = i % 2 == 0 ? "host" + host + ".example.org" : "*.wild" + host + ".example.org";
                    return new RouteConfig(name, "/p" + i % PATHS_PER_HOST / 2, "shop");
                })
                .toList());
    }

    private static RoutingTable table(List<RouteConfig> routes) {
        ProxydConfig config = ConfigLoader.parse("bench.yaml", CONFIG);
        ProxydConfig routed = new ProxydConfig(
                config.runtime(),
                config.listeners(),
                config.admin(),
                config.registry(),
                config.evidence(),
                config.services(),
                routes,
                config.accessLog());
        return new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE)
                .build(routed, RegistryView.of(Catalog.EMPTY), null);
    }

    private static RequestHead request(String host, String path) {
        return Heads.parsed("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }

    @Benchmark
    public @Nullable Route exactHost() {
        return table.route(exact);
    }

    @Benchmark
    public @Nullable Route wildcardHost() {
        return table.route(wildcard);
    }

    @Benchmark
    public @Nullable Route noRoute() {
        return table.route(unknown);
    }
}
