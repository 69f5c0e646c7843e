package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.proxyd.proxy.exchange.LoopCounts;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** What concerns proxyd as a whole: its connections, its readiness, its configuration, its version. */
final class ProxyMetrics implements MultiCollector {
    private final Sources sources;
    private final ConfigReloads reloads;
    private final LongSupplier accessLogDropped;
    private final String version;

    ProxyMetrics(Sources sources, ConfigReloads reloads, LongSupplier accessLogDropped, String version) {
        this.sources = sources;
        this.reloads = reloads;
        this.accessLogDropped = accessLogDropped;
        this.version = version;
    }

    @Override
    public MetricSnapshots collect() {
        MemoryUse memory = sources.memory().get();
        long idle = sum(LoopCounts::idleUpstreamConnections);
        return MetricSnapshots.of(
                Family.gauge("proxyd_upstream_connections", "Connections to backends, idle in a pool or in use.")
                        .add(Labels.of("state", "idle"), idle)
                        .add(Labels.of("state", "active"), Math.max(0, sum(LoopCounts::upstreamConnections) - idle))
                        .build(),
                Family.gauge("proxyd_downstream_connections", "Connections from clients that are open.")
                        .add(Labels.EMPTY, sum(LoopCounts::connections))
                        .build(),
                Family.counter("proxyd_downstream_connections_accepted", "Connections from clients ever accepted.")
                        .add(Labels.EMPTY, sum(LoopCounts::accepted))
                        .build(),
                Family.gauge("proxyd_exchanges_in_flight", "Requests whose response has not ended.")
                        .add(Labels.EMPTY, sum(LoopCounts::exchanges))
                        .build(),
                Family.gauge(
                                "proxyd_memory_used_bytes",
                                "Memory in use: heap as of the last collection, and direct buffers.")
                        .add(Labels.of("area", "heap"), memory.heapBytes())
                        .add(Labels.of("area", "direct"), memory.directBytes())
                        .build(),
                Family.gauge("proxyd_memory_budget_bytes", "Beyond that much in use new requests are refused.")
                        .add(Labels.of("area", "heap"), memory.heapBudgetBytes())
                        .add(Labels.of("area", "direct"), memory.directBudgetBytes())
                        .build(),
                Family.gauge("proxyd_ready", "1 if the routing table is built and the listeners are open, else 0.")
                        .add(Labels.EMPTY, sources.ready() ? 1 : 0)
                        .build(),
                Family.counter("proxyd_config_reloads", "Changed configurations that were applied or refused.")
                        .add(Labels.of("result", "applied"), reloads.appliedCount())
                        .add(Labels.of("result", "refused"), reloads.refusedCount())
                        .build(),
                Family.counter("proxyd_access_log_dropped", "Access log lines that could not be written.")
                        .add(Labels.EMPTY, accessLogDropped.getAsLong())
                        .build(),
                buildInfo());
    }

    private MetricSnapshot buildInfo() {
        Labels labels =
                Labels.of("version", version, "java_version", Runtime.version().toString());
        return InfoSnapshot.builder()
                .name("proxyd_build")
                .help("Which proxyd runs on which Java; always 1.")
                .dataPoint(InfoDataPointSnapshot.builder().labels(labels).build())
                .build();
    }

    private long sum(ToLongFunction<LoopCounts> count) {
        return sources.loops().stream().mapToLong(count).sum();
    }
}
