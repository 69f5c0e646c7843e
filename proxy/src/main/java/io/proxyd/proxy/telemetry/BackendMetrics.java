package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.proxyd.proxy.route.EjectionReason;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import java.util.concurrent.TimeUnit;

/** Series with the labels service and backend, of the backends in the routing table; those of others end. */
final class BackendMetrics implements MultiCollector {
    private final Sources sources;

    BackendMetrics(Sources sources) {
        this.sources = sources;
    }

    @Override
    public MetricSnapshots collect() {
        Scrape scrape = new Scrape(sources.nanoTime().getAsLong());
        RoutingTable table = sources.table().get();
        if (table != null) {
            for (Service service : table.services().values()) {
                service.backends().forEach(backend -> scrape.add(service, backend));
            }
        }
        return scrape.build();
    }

    /** One reading of all of them. */
    private static final class Scrape {
        private final long nowNanos;
        private final Family requests =
                Family.counter("proxyd_requests", "Whole responses of a backend, by class of their status.");
        private final HistogramSnapshot.Builder durations = HistogramSnapshot.builder()
                .name("proxyd_request_duration_seconds")
                .help("Time from the end of a request head to the end of its response.");
        private final Family failedAttempts =
                Family.counter("proxyd_attempts_failed", "Attempts that ended without a whole response.");
        private final Family connects = Family.counter("proxyd_connect", "Connections to a backend that opened.");
        private final Family connectFailures =
                Family.counter("proxyd_connect_failures", "Connections to a backend that did not open.");
        private final Family ejections = Family.counter("proxyd_ejections", "Times a backend was ejected.");
        private final Family ejectionsByReason =
                Family.counter("proxyd_backend_ejections", "Times a backend was ejected, by what for.");
        private final Family inFlight =
                Family.gauge("proxyd_backend_in_flight", "Attempts under way against a backend.");
        private final Family up = Family.gauge("proxyd_backend_up", "1 if a backend may be picked, else 0.");
        private final Family state = Family.gauge("proxyd_backend_state", "1 for the state a backend is in, else 0.");
        private final Family weight = Family.gauge("proxyd_backend_weight", "Weight of a backend, 0 to 1000.");

        Scrape(long nowNanos) {
            this.nowNanos = nowNanos;
        }

        void add(Service service, LiveBackend backend) {
            Labels labels = Labels.of(
                    "service", service.name(), "backend", backend.key().id());
            addTraffic(TrafficTotals.of(backend), labels);
            addStanding(service.standing(backend, nowNanos), labels);
            ejections.add(labels, backend.ejection().total());
            for (EjectionReason reason : EjectionReason.values()) {
                ejectionsByReason.add(
                        labels.add("reason", reason.label()), backend.ejection().total(reason));
            }
            inFlight.add(labels, backend.inFlight());
            weight.add(labels, backend.weight());
        }

        private void addTraffic(TrafficTotals totals, Labels labels) {
            for (int statusClass = 1; statusClass <= TrafficTotals.STATUS_CLASSES; statusClass++) {
                requests.add(labels.add("status_class", statusClass + "xx"), totals.responses(statusClass));
            }
            durations.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(labels)
                    .classicHistogramBuckets(DurationBuckets.REQUESTS.merge(totals.latencies()))
                    .sum((double) totals.latencySumNanos() / TimeUnit.SECONDS.toNanos(1))
                    .build());
            failedAttempts.add(labels, totals.failedAttempts());
            connects.add(labels, totals.connects());
            connectFailures.add(labels, totals.connectFailures());
        }

        private void addStanding(Standing standing, Labels labels) {
            up.add(labels, standing == Standing.UP ? 1 : 0);
            for (Standing each : Standing.values()) {
                state.add(labels.add("state", each.label()), each == standing ? 1 : 0);
            }
        }

        MetricSnapshots build() {
            return MetricSnapshots.of(
                    requests.build(),
                    durations.build(),
                    failedAttempts.build(),
                    connects.build(),
                    connectFailures.build(),
                    ejections.build(),
                    ejectionsByReason.build(),
                    inFlight.build(),
                    up.build(),
                    state.build(),
                    weight.build());
        }
    }
}
