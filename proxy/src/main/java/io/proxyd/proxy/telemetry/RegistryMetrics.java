package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.route.RoutingTable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How well the registry is known. The age of the view has no series before the first catalog. */
final class RegistryMetrics implements MultiCollector {
    private final Sources sources;

    RegistryMetrics(Sources sources) {
        this.sources = sources;
    }

    @Override
    public MetricSnapshots collect() {
        RegistryStatus status = sources.registry().get();
        RoutingTable table = sources.table().get();
        int registrations = 0;
        int quarantined = 0;
        if (table != null) {
            Catalog catalog = table.catalog();
            registrations = catalog.registrations().size();
            quarantined = catalog.quarantined().size();
        }
        Family age = Family.gauge(
                "proxyd_registry_view_age_seconds", "Time since the registry last said that what is known is current.");
        if (status.confirmed() != null) {
            Duration since =
                    Duration.between(status.confirmed(), sources.clock().instant());
            age.add(Labels.EMPTY, Math.max(0, (double) since.toMillis() / TimeUnit.SECONDS.toMillis(1)));
        }
        return MetricSnapshots.of(
                Family.gauge("proxyd_registry_connected", "1 if the watch of the registry stands, else 0.")
                        .add(Labels.EMPTY, status.connected() ? 1 : 0)
                        .build(),
                Family.gauge("proxyd_registry_revision", "Revision of the newest catalog; 0 before the first.")
                        .add(Labels.EMPTY, status.revision())
                        .build(),
                age.build(),
                Family.gauge("proxyd_registry_registrations", "Registrations that are understood.")
                        .add(Labels.EMPTY, registrations)
                        .build(),
                Family.gauge("proxyd_registry_quarantined", "Registrations that could not be understood.")
                        .add(Labels.EMPTY, quarantined)
                        .build());
    }
}
