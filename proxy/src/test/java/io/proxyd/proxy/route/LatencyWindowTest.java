package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyWindowTest {
    private final SplittableRandom random = new SplittableRandom(7);
    private final LatencyWindow window = new LatencyWindow();

    @Test
    void knowsNothingAtFirst() {
        for (int i = 0; i < 31; i++) {
            window.add(5);
        }
        assertThat(window.percentileNanos(0.99, 123)).isEqualTo(123);
        window.add(5);
        assertThat(window.percentileNanos(0.99, 123)).isEqualTo(1024);
    }

    @Test
    void isAQuarterTooHighAtMost() {
        for (int round = 0; round < 20; round++) {
            LatencyWindow fresh = new LatencyWindow();
            long[] all = new long[1000];
            for (int i = 0; i < all.length; i++) {
                all[i] = (long) (10_000 * Math.pow(10, 5 * random.nextDouble()));
                fresh.add(all[i]);
            }
            Arrays.sort(all);
            for (double share : new double[] {0.1, 0.5, 0.9, 0.99}) {
                long exact = all[(int) Math.ceil(share * all.length) - 1];
                assertThat(fresh.percentileNanos(share, -1)).isBetween(exact, exact * 13 / 10);
            }
        }
    }

    @Test
    void followsAChange() {
        fill(20_000, TimeUnit.MILLISECONDS.toNanos(2));
        fill(20_000, TimeUnit.MILLISECONDS.toNanos(50));
        assertThat((double) window.percentileNanos(0.5, -1)).isCloseTo(5e7, withPercentage(30));
    }

    @Test
    void bearsAnyTime() {
        for (long nanos : new long[] {-1, 0, 1, Long.MAX_VALUE}) {
            fill(32, nanos);
            assertThat(window.percentileNanos(0.99, -1)).isPositive();
        }
    }

    private void fill(int times, long nanos) {
        for (int i = 0; i < times; i++) {
            window.add(nanos);
        }
    }
}
