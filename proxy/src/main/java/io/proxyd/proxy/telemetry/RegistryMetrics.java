package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.Upkeep;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.route.RoutingTable;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How well the registry is known, and where it is not followed. The age of the view has no series before the first catalog. */
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
        Upkeep upkeep = status.upkeep();
        Lineage lineage = table == null ? Lineage.PLAIN : table.catalog().lineage();
        Family relists = Family.counter(
                "proxyd_registry_relists", "Times everything was listed anew, by what made it necessary.");
        upkeep.relists().forEach((cause, count) -> relists.add(Labels.of("cause", cause), count));
        Family engaged =
                Family.gauge("proxyd_registry_brake_engaged", "1 if the brake holds backends of a service, else 0.");
        Family held = Family.gauge(
                "proxyd_registry_held_backends", "Backends that left the registry and are held by the brake.");
        Family probation = Family.gauge(
                "proxyd_registry_probation_backends", "Backends whose lease ended and that are kept on probation.");
        if (table != null) {
            EvidenceStatus evidence = sources.evidence().get();
            for (String service : table.services().keySet()) {
                Labels labels = Labels.of("service", service);
                int braked = evidence.held(service);
                engaged.add(labels, braked > 0 ? 1 : 0);
                held.add(labels, braked);
                probation.add(labels, evidence.probation().getOrDefault(service, 0));
            }
        }
        return MetricSnapshots.of(
                engaged.build(),
                held.build(),
                probation.build(),
                relists.build(),
                Family.counter("proxyd_registry_audits", "Times the view was compared with a list.")
                        .add(Labels.EMPTY, upkeep.audits())
                        .build(),
                Family.counter("proxyd_registry_drift", "Keys that an audit found wrong in the view, and healed.")
                        .add(Labels.EMPTY, upkeep.drifted())
                        .build(),
                Family.counter("proxyd_registry_history_breaks", "Times the registry went on with another history.")
                        .add(Labels.EMPTY, lineage.breaks())
                        .build(),
                Family.gauge(
                                "proxyd_registry_snapshot_in_use",
                                "1 if requests are served from the last known good catalog, else 0.")
                        .add(Labels.EMPTY, lineage.remembered() ? 1 : 0)
                        .build(),
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
