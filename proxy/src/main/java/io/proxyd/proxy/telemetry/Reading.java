package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Traffic;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one backend at one moment, cut to 32 bits: differences come out right as long as fewer than 2^31 things
 * happened in between. Immutable.
 */
final class Reading {
    private static final int FAILED = Traffic.buckets();
    private static final int ERRORS = FAILED + 1;

    /** Of a backend that did nothing yet. */
    static final Reading NOTHING = new Reading(new int[ERRORS + 1]);

    /** Responses by latency bucket, then failed attempts, then errors. */
    private final int[] counts;

    private Reading(int[] counts) {
        this.counts = counts;
    }

    static Reading of(LiveBackend backend) {
        TrafficTotals totals = TrafficTotals.of(backend);
        int[] counts = new int[ERRORS + 1];
        for (int bucket = 0; bucket < Traffic.buckets(); bucket++) {
            counts[bucket] = (int) totals.latencies()[bucket];
        }
        counts[FAILED] = (int) totals.failedAttempts();
        counts[ERRORS] = (int) totals.errors();
        return new Reading(counts);
    }

    /** What happened in the {@code seconds} from {@code base} to this reading. */
    Recent since(Reading base, double seconds) {
        int[] happened = new int[counts.length];
        for (int i = 0; i < counts.length; i++) {
            happened[i] = counts[i] - base.counts[i];
        }
        long responses = 0;
        for (int bucket = 0; bucket < Traffic.buckets(); bucket++) {
            responses += happened[bucket];
        }
        long attempts = responses + happened[FAILED];
        double errorRate = attempts == 0 ? 0 : Math.min(1, (double) happened[ERRORS] / attempts);
        return new Recent(
                attempts / seconds,
                happened[ERRORS],
                errorRate,
                percentile(happened, responses, 0.50),
                percentile(happened, responses, 0.99));
    }

    /** Assumes that latencies lie evenly within a bucket, as Prometheus does; the unbounded bucket counts as its lower bound. */
    private static @Nullable Duration percentile(int[] latencies, long responses, double share) {
        if (responses == 0) {
            return null;
        }
        double wanted = share * responses;
        long below = 0;
        int bucket = 0;
        while (bucket < Traffic.buckets() - 1 && below + latencies[bucket] < wanted) {
            below += latencies[bucket];
            bucket++;
        }
        long lower = bucket == 0 ? 0 : Traffic.boundNanos(bucket - 1);
        if (bucket == Traffic.buckets() - 1) {
            return Duration.ofNanos(lower);
        }
        double within = (wanted - below) / Math.max(1, latencies[bucket]);
        return Duration.ofNanos(lower + Math.round(within * (Traffic.boundNanos(bucket) - lower)));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Reading reading && Arrays.equals(counts, reading.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }
}
