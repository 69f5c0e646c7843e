package io.proxyd.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.HealthCheckConfig.Schedule;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
    private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.2, 1})
    void jitterUsesItsShareAndNoMore(double share) {
        Pace pace = new Pace(new SplittableRandom(7));
        long[] waits = LongStream.range(0, 10_000)
                .map(i -> pace.waitNanos(schedule(share), false))
                .toArray();
        double allowed = INTERVAL_NANOS * share;
        assertThat(LongStream.of(waits).min().orElseThrow())
                .isBetween((long) (INTERVAL_NANOS - allowed), (long) (INTERVAL_NANOS - allowed * 0.99));
        assertThat(LongStream.of(waits).max().orElseThrow())
                .isBetween((long) (INTERVAL_NANOS + allowed * 0.99), (long) (INTERVAL_NANOS + allowed));
        assertThat(LongStream.of(waits).average().orElseThrow() - INTERVAL_NANOS)
                .isBetween(-allowed * 0.03, allowed * 0.03);
    }

    @Test
    void withoutJitterEveryWaitIsTheInterval() {
        Pace pace = new Pace(new SplittableRandom(7));
        for (int i = 0; i < 100; i++) {
            assertThat(pace.waitNanos(schedule(0), false)).isEqualTo(INTERVAL_NANOS);
        }
    }

    @Test
    void anOpenQuestionHasAnIntervalOfItsOwn() {
        Pace pace = new Pace(new SplittableRandom(7));
        Schedule schedule =
                new Schedule(Duration.ofSeconds(1), Duration.ofMillis(200), 0, Duration.ofSeconds(1), 2, 2, true);
        assertThat(pace.waitNanos(schedule, true))
                .isEqualTo(Duration.ofMillis(200).toNanos());
        assertThat(pace.waitNanos(schedule, false)).isEqualTo(INTERVAL_NANOS);
    }

    @Test
    void theFirstChecksOfAFewBackendsDoNotWait() {
        assertThat(Pace.firstWaitNanos(0, schedule(0))).isZero();
        assertThat(Pace.firstWaitNanos(15, schedule(0))).isZero();
    }

    @Test
    void theFirstChecksOfManyBackendsAreSpreadOverAtMostTheInterval() {
        long last = 0;
        for (int position = 16; position < 1_000; position++) {
            long wait = Pace.firstWaitNanos(position, schedule(0));
            assertThat(wait).isGreaterThan(last);
            last = wait;
        }
        assertThat(Pace.firstWaitNanos(100_000, schedule(0))).isEqualTo(INTERVAL_NANOS);
    }

    private static Schedule schedule(double jitter) {
        return new Schedule(Duration.ofNanos(INTERVAL_NANOS), jitter, Duration.ofSeconds(1), 2, 2, true);
    }
}
