package io.proxyd.proxy.telemetry;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.proxyd.proxy.route.Traffic;
import java.util.concurrent.TimeUnit;

/** Merges the fine latency buckets of {@link Traffic} into the coarser ones that Prometheus is shown. */
final class DurationBuckets {
    /** Each is a bound of the fine buckets too, so that merging loses nothing but detail. */
    static final DurationBuckets REQUESTS = new DurationBuckets(
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Double.POSITIVE_INFINITY);

    /** For times that are usually much shorter than a millisecond. */
    static final DurationBuckets PARTS = new DurationBuckets(
            0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1, 5, Double.POSITIVE_INFINITY);

    private final double[] seconds;
    private final int[] coarseOfFine;

    private DurationBuckets(double... seconds) {
        this.seconds = seconds;
        this.coarseOfFine = coarseOfFine(seconds);
    }

    /** @param fine responses by bucket of {@link Traffic} */
    ClassicHistogramBuckets merge(long[] fine) {
        long[] coarse = new long[seconds.length];
        for (int i = 0; i < fine.length; i++) {
            coarse[coarseOfFine[i]] += fine[i];
        }
        return ClassicHistogramBuckets.of(seconds, coarse);
    }

    private static int[] coarseOfFine(double[] seconds) {
        int[] coarse = new int[Traffic.buckets()];
        for (int fine = 0, i = 0; fine < coarse.length; fine++) {
            while (Traffic.boundNanos(fine) > nanos(seconds[i])) {
                i++;
            }
            coarse[fine] = i;
        }
        return coarse;
    }

    /** Saturates at {@link Long#MAX_VALUE}, which is the fine buckets' word for no bound. */
    private static long nanos(double seconds) {
        return Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
