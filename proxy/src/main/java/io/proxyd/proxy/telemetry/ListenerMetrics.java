package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** The connections of each listener and what their limits did. */
final class ListenerMetrics implements MultiCollector {
    private final Sources sources;

    ListenerMetrics(Sources sources) {
        this.sources = sources;
    }

    @Override
    public MetricSnapshots collect() {
        Family open = Family.gauge("proxyd_listener_connections", "Connections from clients that are open.");
        Family max = Family.gauge("proxyd_listener_connections_max", "How many connections may be open.");
        Family full = Family.counter(
                "proxyd_listener_full", "How often clients had to wait, as the most connections were open.");
        Family refused = Family.counter(
                "proxyd_listener_connections_refused", "Connections reset, as their client had too many.");
        Family failures = Family.counter("proxyd_listener_accept_failures", "How often accepting failed.");
        for (ListenerCounts counts : sources.listeners().get()) {
            Labels labels = Labels.of("listener", counts.listener());
            open.add(labels, counts.open());
            max.add(labels, counts.max());
            full.add(labels, counts.full());
            refused.add(labels, counts.refused());
            failures.add(labels, counts.acceptFailures());
        }
        return MetricSnapshots.of(open.build(), max.build(), full.build(), refused.build(), failures.build());
    }
}
