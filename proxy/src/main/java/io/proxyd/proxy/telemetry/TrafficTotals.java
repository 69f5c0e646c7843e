package io.proxyd.proxy.telemetry;

import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Traffic;

/**
 * What all event loops together counted of one backend, read at one moment. The loops go on counting meanwhile, so that two
 * numbers of one reading may differ by the requests that ended in between. Confined to the thread that reads.
 */
final class TrafficTotals {
    static final int STATUS_CLASSES = 5;

    private final long[] responses = new long[STATUS_CLASSES + 1];
    private final long[] latencies = new long[Traffic.buckets()];
    private long failedAttempts;
    private long connects;
    private long connectFailures;
    private long latencySumNanos;

    private TrafficTotals() {}

    static TrafficTotals of(LiveBackend backend) {
        TrafficTotals totals = new TrafficTotals();
        for (Traffic traffic : backend.traffic()) {
            totals.add(traffic);
        }
        return totals;
    }

    private void add(Traffic traffic) {
        for (int statusClass = 1; statusClass <= STATUS_CLASSES; statusClass++) {
            responses[statusClass] += traffic.responses(statusClass);
        }
        for (int bucket = 0; bucket < latencies.length; bucket++) {
            latencies[bucket] += traffic.inBucket(bucket);
        }
        failedAttempts += traffic.failedAttempts();
        connects += traffic.connects();
        connectFailures += traffic.connectFailures();
        latencySumNanos += traffic.latencySumNanos();
    }

    /** Responses of a status class, 1 to 5. */
    long responses(int statusClass) {
        return responses[statusClass];
    }

    /** Responses by bucket, as {@link Traffic#boundNanos} cuts them. */
    long[] latencies() {
        return latencies;
    }

    long latencySumNanos() {
        return latencySumNanos;
    }

    long failedAttempts() {
        return failedAttempts;
    }

    long connects() {
        return connects;
    }

    long connectFailures() {
        return connectFailures;
    }

    /** Responses with a 5xx status, and attempts that ended without a whole response. */
    long errors() {
        return responses[STATUS_CLASSES] + failedAttempts;
    }
}
