package io.proxyd.proxy.telemetry;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a backend did of late.
 *
 * @param requestsPerSecond attempts that ended, with a response or without
 * @param errors responses with a 5xx status, and attempts that ended without a whole response
 * @param errorRate errors as a share of these attempts, 0 to 1
 * @param p50 median latency of the responses; null if there was none
 * @param p99 latency that 99 of 100 responses stayed below; null if there was none
 */
public record Recent(
        double requestsPerSecond, long errors, double errorRate, @Nullable Duration p50, @Nullable Duration p99) {}
