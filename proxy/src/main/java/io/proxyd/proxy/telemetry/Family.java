package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** The values of one metric as they are gathered during a scrape. */
interface Family {
    /** Adds the value of one series. */
    Family add(Labels labels, double value);

    /** Adds a count, exact up to 2^53. */
    default Family add(Labels labels, long value) {
        return add(labels, (double) value);
    }

    MetricSnapshot build();

    /** @param name without {@code _total}, which the formats append */
    static Family counter(String name, String help) {
        CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name).help(help);
        return new Family() {
            @Override
            public Family add(Labels labels, double value) {
                builder.dataPoint(CounterDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
                return this;
            }

            @Override
            public MetricSnapshot build() {
                return builder.build();
            }
        };
    }

    static Family gauge(String name, String help) {
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(name).help(help);
        return new Family() {
            @Override
            public Family add(Labels labels, double value) {
                builder.dataPoint(GaugeDataPointSnapshot.builder()
                        .labels(labels)
                        .value(value)
                        .build());
                return this;
            }

            @Override
            public MetricSnapshot build() {
                return builder.build();
            }
        };
    }
}
