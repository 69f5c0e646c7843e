package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.ServiceConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class EjectionTest {
    private static final Duration BASE = Duration.ofSeconds(10);
    private static final Duration MAX = Duration.ofSeconds(60);
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Ejection ejection = new Ejection(new ServiceConfig.Ejection(3, 0, 0, 1, 1, BASE, MAX));
    private long nowNanos = Long.MAX_VALUE - 1_000_000; // the clock may wrap around at any time

    @Test
    void eachEjectionInARowIsTwiceAsLongUpToTheLongest() {
        fail(2);
        for (int seconds : new int[] {10, 20, 40, 60, 60, 60}) {
            assertThat(ejection.failed(nowNanos, NOON)).isTrue();
            assertThat(ejection.endNanos() - nowNanos)
                    .isEqualTo(Duration.ofSeconds(seconds).toNanos());
            assertThat(ejection.active(nowNanos)).isTrue();
            nowNanos = ejection.endNanos();
            assertThat(ejection.active(nowNanos - 1)).isTrue();
            assertThat(ejection.active(nowNanos)).isFalse();
        }
        assertThat(ejection.total()).isEqualTo(6);
    }

    @Test
    void afterASuccessItBeginsAnew() {
        fail(3);
        assertThat(ejection.active(nowNanos)).isTrue();
        assertThat(ejection.succeeded(InstantSource.fixed(NOON))).isEqualTo(Ejection.Cleared.EJECTION);
        assertThat(ejection.active(nowNanos)).isFalse();
        fail(2);
        assertThat(ejection.active(nowNanos)).isFalse();
        fail(1);
        assertThat(ejection.endNanos() - nowNanos).isEqualTo(BASE.toNanos());
        assertThat(ejection.total()).isEqualTo(2);
    }

    @Test
    void aSuccessWithNothingToClearSaysSo() {
        assertThat(ejection.succeeded(InstantSource.fixed(NOON))).isEqualTo(Ejection.Cleared.NOTHING);
        fail(1);
        assertThat(ejection.succeeded(InstantSource.fixed(NOON))).isEqualTo(Ejection.Cleared.FAILURES);
        assertThat(ejection.succeeded(InstantSource.fixed(NOON))).isEqualTo(Ejection.Cleared.NOTHING);
    }

    @Test
    void itEndedAfterItsLengthOrWhenAConnectSucceeded() {
        assertThat(ejection.ended()).isEqualTo(Instant.EPOCH);
        fail(3);
        assertThat(ejection.ended()).isEqualTo(NOON.plus(BASE));
        ejection.succeeded(InstantSource.fixed(NOON.plusSeconds(4)));
        assertThat(ejection.ended()).isEqualTo(NOON.plusSeconds(4));
        fail(3);
        ejection.succeeded(InstantSource.fixed(NOON.plusSeconds(60)));
        assertThat(ejection.ended()).isEqualTo(NOON.plus(BASE));
    }

    @Test
    void failuresOfOneThatIsOutDoNotLengthenIt() {
        fail(3);
        long end = ejection.endNanos();
        nowNanos += 1_000;
        fail(10);
        assertThat(ejection.endNanos()).isEqualTo(end);
        assertThat(ejection.total()).isEqualTo(1);
    }

    @Test
    void tellsWhenItBegan() {
        fail(2);
        ejection.failed(nowNanos, NOON.plusSeconds(7));
        assertThat(ejection.since()).isEqualTo(NOON.plusSeconds(7));
    }

    @Test
    void zeroFailuresTurnItOff() {
        ejection.rule(new ServiceConfig.Ejection(0, 0, 0, 1, 1, BASE, MAX));
        fail(100);
        assertThat(ejection.active(nowNanos)).isFalse();
        assertThat(ejection.total()).isZero();
    }

    @Test
    void oneFailureMaySuffice() {
        ejection.rule(new ServiceConfig.Ejection(1, 0, 0, 1, 1, BASE, MAX));
        assertThat(ejection.failed(nowNanos, NOON)).isTrue();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            ejection.failed(nowNanos, NOON);
        }
    }
}
