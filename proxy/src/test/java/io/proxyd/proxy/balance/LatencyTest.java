package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyTest {
    private static final double MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Latency latency = new Latency();

    @Test
    void nothingIsKnownOfWhatHasNotAnsweredOften() {
        assertThat(latency.expectedNanos(0, 0)).isZero();
        observe(7, 0);
        observe(7, 0);
        assertThat(latency.known()).isFalse();
        assertThat(latency.expectedNanos(0, 0)).isZero();
        assertThat(latency.expectedNanos(1, 0)).isGreaterThan(60.0 * SECOND);
        observe(7, 0);
        assertThat(latency.known()).isTrue();
        assertThat(latency.expectedNanos(1, 0)).isEqualTo(7 * MILLI);
    }

    @Test
    void aSlowFirstAnswerIsNotAPeak() {
        observe(80, 0);
        observe(2, 0);
        observe(3, 0);
        assertThat(latency.expectedNanos(0, 0)).isEqualTo(2 * MILLI);
    }

    @Test
    void itRisesAtOnceAndFallsByEInTwoSeconds() {
        known(0);
        observe(100, 0);
        assertThat(latency.expectedNanos(1, 0)).isEqualTo(100 * MILLI);
        for (int i = 1; i <= 2_000; i++) {
            observe(1, i * SECOND / 1_000);
        }
        assertThat(latency.expectedNanos(1, 2 * SECOND)).isCloseTo((1 + 99 / Math.E) * MILLI, within(0.1 * MILLI));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 3, Long.MIN_VALUE, -5})
    void whatIsNotAskedIsForgivenWhateverTheClockBeginsWith(long start) {
        known(start);
        observe(100, start);
        assertThat(latency.expectedNanos(0, start + 2 * SECOND)).isCloseTo(100 / Math.E * MILLI, within(0.1 * MILLI));
        assertThat(latency.expectedNanos(0, start + 100 * SECOND)).isLessThan(0.1 * MILLI);
    }

    @Test
    void aTryTakesTheForgivenessBackUntilItIsAnswered() {
        known(0);
        observe(100, 0);
        latency.tried(60 * SECOND);
        assertThat(latency.expectedNanos(1, 60 * SECOND)).isEqualTo(100 * MILLI);
        observe(1, 61 * SECOND);
        assertThat(latency.expectedNanos(0, 61 * SECOND)).isLessThan(2 * MILLI);
    }

    @Test
    void whatWasGivenUpCountsOnlyIfItTookLong() {
        known(0);
        observe(100, 0);
        latency.atLeast((long) (2 * MILLI), SECOND);
        assertThat(latency.expectedNanos(1, 0)).isEqualTo(100 * MILLI);
        latency.atLeast((long) (300 * MILLI), SECOND);
        assertThat(latency.expectedNanos(1, SECOND)).isEqualTo(300 * MILLI);
    }

    @Test
    void aFailureWeighsASecondAndIsForgottenWithinSeconds() {
        known(0);
        latency.failed(0);
        assertThat(latency.expectedNanos(1, 0)).isEqualTo(1_001 * MILLI);
        assertThat(latency.expectedNanos(1, 2 * SECOND)).isBetween(100 * MILLI, 200 * MILLI);
        assertThat(latency.expectedNanos(1, 5 * SECOND)).isLessThan(10 * MILLI);
        assertThat(latency.expectedNanos(1, 8 * SECOND)).isLessThanOrEqualTo(MILLI);
    }

    @Test
    void oneThatIsBackIsUnknownAgain() {
        known(0);
        latency.observe((long) (700 * MILLI), 0);
        latency.failed(0);
        latency.restart();
        assertThat(latency.known()).isFalse();
        assertThat(latency.expectedNanos(0, 0)).isZero();
        known(SECOND);
        assertThat(latency.expectedNanos(1, SECOND)).isEqualTo(MILLI);
    }

    @Test
    void aClockThatIsBehindDoesNoHarm() {
        known(10 * SECOND);
        observe(4, 9 * SECOND);
        assertThat(latency.expectedNanos(1, 8 * SECOND)).isEqualTo(4 * MILLI);
    }

    @Test
    void whateverManyThreadsObserveTheAverageStaysWithinIt() throws Exception {
        List<Boolean> sound = BalancerContract.inThreads(own -> {
            boolean all = true;
            for (int i = 1; i < 200_000; i++) {
                observe(2 + own.nextInt(9), i * 1_000L);
                double expected = latency.known() ? latency.expectedNanos(1, i * 1_000L) : 5 * MILLI;
                all &= expected > 1.9 * MILLI && expected < 11 * MILLI;
            }
            return all;
        });
        assertThat(sound).containsOnly(true);
    }

    private void known(long nowNanos) {
        for (int i = 0; i < 3; i++) {
            latency.observe((long) MILLI, nowNanos);
        }
    }

    private void observe(long millis, long nowNanos) {
        latency.observe((long) (millis * MILLI), nowNanos);
    }
}
