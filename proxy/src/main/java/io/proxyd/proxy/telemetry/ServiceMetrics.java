package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.route.AdmissionReading;
import io.proxyd.proxy.route.Failures;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import java.util.List;
import java.util.Locale;

/** Series with the label service; failures of requests that no route matched have an empty one. */
final class ServiceMetrics implements MultiCollector {
    private final Sources sources;

    ServiceMetrics(Sources sources) {
        this.sources = sources;
    }

    @Override
    public MetricSnapshots collect() {
        Family failures = Family.counter("proxyd_failures", "Exchanges that failed, by kind and by the side at fault.");
        Family retries = Family.counter("proxyd_retries", "Attempts that followed a failed one.");
        Family hedges = Family.counter("proxyd_hedges", "Attempts beside, or in the place of, one that took long.");
        Family spent = Family.counter(
                "proxyd_retry_budget_exhausted", "Further attempts not made, as the retry budget was spent.");
        Family panic = Family.gauge("proxyd_service_panic", "1 if no backend is up and health is ignored, else 0.");
        Family refused = Family.counter(
                "proxyd_ejections_refused", "Ejections that did not happen, as too many backends were out.");
        Family inFlight = Family.gauge("proxyd_service_in_flight", "Requests that were let in and have not ended.");
        Family waiting = Family.gauge("proxyd_service_waiting", "Requests that wait to be let in.");
        Family limit = Family.gauge("proxyd_service_limit", "How many are let in at once; +Inf for no limit.");
        TimeMetrics times = new TimeMetrics();
        Family fallbacks = Family.counter(
                "proxyd_fallbacks",
                "Requests for which the fallback service was asked, by the service that they were for.");
        addFailures(
                failures, "", sources.loops().stream().map(LoopCounts::unrouted).toList());
        RoutingTable table = sources.table().get();
        if (table != null) {
            long nowNanos = sources.nanoTime().getAsLong();
            for (Service service : table.services().values()) {
                List<Failures> perLoop = List.of(service.state().failures());
                Labels labels = Labels.of("service", service.name());
                addFailures(failures, service.name(), perLoop);
                retries.add(
                        labels, perLoop.stream().mapToLong(Failures::retries).sum());
                hedges.add(labels, perLoop.stream().mapToLong(Failures::hedges).sum());
                spent.add(
                        labels,
                        perLoop.stream().mapToLong(Failures::refusalsByBudget).sum());
                fallbacks.add(
                        labels, perLoop.stream().mapToLong(Failures::fallbacks).sum());
                refused.add(labels, service.state().ejectionsRefused());
                panic.add(labels, service.panic(nowNanos) ? 1 : 0);
                AdmissionReading admission = service.state().admission();
                inFlight.add(labels, admission.inFlight());
                waiting.add(labels, admission.waiting());
                limit.add(labels, admission.limit() == null ? Double.POSITIVE_INFINITY : admission.limit());
                times.add(service);
            }
        }
        return MetricSnapshots.of(
                failures.build(),
                retries.build(),
                hedges.build(),
                spent.build(),
                fallbacks.build(),
                panic.build(),
                refused.build(),
                inFlight.build(),
                waiting.build(),
                limit.build(),
                times.build());
    }

    private static void addFailures(Family family, String service, List<Failures> perLoop) {
        for (FailureKind kind : FailureKind.values()) {
            Labels labels = Labels.of(
                    "service",
                    service,
                    "kind",
                    kind.label(),
                    "side",
                    kind.side().name().toLowerCase(Locale.ROOT));
            family.add(labels, perLoop.stream().mapToLong(f -> f.failures(kind)).sum());
        }
    }
}
