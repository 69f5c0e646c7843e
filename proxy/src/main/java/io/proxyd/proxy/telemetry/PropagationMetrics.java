package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.concurrent.TimeUnit;

/** How long changes take from etcd to the routing table, as Prometheus is shown it. */
final class PropagationMetrics implements Collector {
    private final Propagation propagation;

    PropagationMetrics(Propagation propagation) {
        this.propagation = propagation;
    }

    @Override
    public MetricSnapshot collect() {
        double[] bounds = new double[Propagation.BOUNDS.length + 1];
        long[] counts = new long[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = i < Propagation.BOUNDS.length
                    ? (double) Propagation.BOUNDS[i].toNanos() / TimeUnit.SECONDS.toNanos(1)
                    : Double.POSITIVE_INFINITY;
            counts[i] = propagation.count(i);
        }
        return HistogramSnapshot.builder()
                .name("proxyd_registry_propagation_seconds")
                .help("Time from a write to etcd until it is applied in the routing table, measured with a canary key.")
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                        .sum(propagation.sumSeconds())
                        .build())
                .build();
    }
}
