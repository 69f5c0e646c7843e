package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.proxyd.proxy.route.Durations;
import io.proxyd.proxy.route.RequestTimes;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Traffic;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Where the time of requests went, with the labels service and part; one scrape's. */
final class TimeMetrics {
    private final HistogramSnapshot.Builder times = HistogramSnapshot.builder()
            .name("proxyd_request_part_seconds")
            .help("The parts of a request's time: in the queue, with backends, and proxyd's own.");

    void add(Service service) {
        for (RequestTimes.Part part : RequestTimes.Part.values()) {
            long[] buckets = new long[Traffic.buckets()];
            long sumNanos = 0;
            for (RequestTimes ofLoop : service.state().times()) {
                Durations durations = ofLoop.of(part);
                for (int i = 0; i < buckets.length; i++) {
                    buckets[i] += durations.inBucket(i);
                }
                sumNanos += durations.sumNanos();
            }
            times.dataPoint(HistogramDataPointSnapshot.builder()
                    .labels(Labels.of(
                            "service", service.name(), "part", part.name().toLowerCase(Locale.ROOT)))
                    .classicHistogramBuckets(DurationBuckets.PARTS.merge(buckets))
                    .sum((double) sumNanos / TimeUnit.SECONDS.toNanos(1))
                    .build());
        }
    }

    MetricSnapshot build() {
        return times.build();
    }
}
