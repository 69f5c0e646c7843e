package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.http.FailureKind;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficTest {
    private final Traffic traffic = Traffic.perLoop(1)[0];

    @Test
    void boundsGrowFromAHundredMicrosecondsToEightySeconds() {
        assertThat(Traffic.boundNanos(0)).isEqualTo(TimeUnit.MICROSECONDS.toNanos(100));
        assertThat(Traffic.boundNanos(Traffic.buckets() - 2)).isEqualTo(TimeUnit.SECONDS.toNanos(80));
        assertThat(Traffic.boundNanos(Traffic.buckets() - 1)).isEqualTo(Long.MAX_VALUE);
        for (int i = 1; i < Traffic.buckets(); i++) {
            assertThat(Traffic.boundNanos(i)).isGreaterThan(Traffic.boundNanos(i - 1));
        }
    }

    @Test
    void aLatencyLandsInTheBucketThatHoldsIt() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 5_000; i++) {
            long bound = Traffic.boundNanos(random.nextInt(Traffic.buckets() - 1));
            long latency = random.nextBoolean() ? bound + random.nextInt(3) - 1 : random.nextLong(bound * 2);
            assertThat(bucketOf(latency)).isEqualTo(naiveBucketOf(latency));
        }
        assertThat(bucketOf(0)).isZero();
        assertThat(bucketOf(Long.MAX_VALUE)).isEqualTo(Traffic.buckets() - 1);
    }

    @ParameterizedTest
    @CsvSource({"100, 1", "200, 2", "299, 2", "304, 3", "404, 4", "499, 4", "500, 5", "599, 5"})
    void responsesCountByStatusClass(int status, int statusClass) {
        traffic.responded(status, 1_000);
        traffic.responded(status, 2_000);
        for (int i = 1; i <= 5; i++) {
            assertThat(traffic.responses(i)).isEqualTo(i == statusClass ? 2 : 0);
        }
        assertThat(traffic.latencySumNanos()).isEqualTo(3_000);
        assertThat(traffic.failedAttempts() + traffic.connects() + traffic.connectFailures())
                .isZero();
    }

    @Test
    void attemptsAndConnectsCountByThemselves() {
        traffic.attemptFailed();
        traffic.connected();
        traffic.connected();
        for (int i = 0; i < 3; i++) {
            traffic.connectFailed();
        }
        assertThat(traffic.failedAttempts()).isEqualTo(1);
        assertThat(traffic.connects()).isEqualTo(2);
        assertThat(traffic.connectFailures()).isEqualTo(3);
        assertThat(traffic.latencySumNanos()).isZero();
        assertThat(traffic.inBucket(0)).isZero();
    }

    @Test
    void eachLoopHasItsOwn() {
        Traffic[] loops = Traffic.perLoop(3);
        loops[1].connected();
        assertThat(loops).extracting(Traffic::connects).containsExactly(0L, 1L, 0L);
    }

    @Test
    void failuresCountByKindApartFromRetries() {
        Failures failures = Failures.perLoop(1)[0];
        for (FailureKind kind : FailureKind.values()) {
            failures.failed(kind);
        }
        failures.failed(FailureKind.CONNECT_FAILED);
        failures.retried();
        for (FailureKind kind : FailureKind.values()) {
            assertThat(failures.failures(kind)).isEqualTo(kind == FailureKind.CONNECT_FAILED ? 2 : 1);
        }
        assertThat(failures.retries()).isEqualTo(1);
    }

    private static int bucketOf(long latencyNanos) {
        Traffic fresh = Traffic.perLoop(1)[0];
        fresh.responded(200, latencyNanos);
        for (int i = 0; i < Traffic.buckets(); i++) {
            if (fresh.inBucket(i) == 1) {
                return i;
            }
        }
        return -1;
    }

    private static int naiveBucketOf(long latencyNanos) {
        int i = 0;
        while (latencyNanos > Traffic.boundNanos(i)) {
            i++;
        }
        return i;
    }
}
