package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Simulates a backend of a few workers by a clock of its own. */
class ConcurrencyLimitTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int FLOOR = 32;

    private final SplittableRandom random = new SplittableRandom(3);
    private final ConcurrencyLimit limit = new ConcurrencyLimit();
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    /** When workers finish, and when what they work on was sent. */
    private final PriorityQueue<long[]> working = new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));

    private long now;
    private int answered;
    private int inTime;
    private int turnedAway;

    @Test
    void leavesALoadAloneThatTheBackendBears() {
        run(4, 10, 300, 20);
        assertThat(turnedAway).isZero();
        assertThat(limit.limited()).isFalse();
    }

    @Test
    void keepsWhatGetsThroughFastUnderThreeTimesTheCapacity() {
        run(4, 10, 300, 5);
        answered = 0;
        inTime = 0;
        run(4, 10, 1200, 20);
        assertThat(answered).as("of 400 a second").isGreaterThan(20 * 400 * 95 / 100);
        assertThat(inTime).as("within 300 ms").isGreaterThan(20 * 400 * 90 / 100);
        assertThat(limit.inFlight()).isLessThan(80);
    }

    @Test
    void forgetsTheLimitWhenTheCrowdIsGone() {
        run(4, 10, 300, 5);
        run(4, 10, 1200, 10);
        assertThat(limit.limited()).isTrue();
        run(4, 10, 200, 30);
        assertThat(limit.limited()).isFalse();
    }

    @Test
    void doesNotMindSlowRequestsBesideFastOnes() {
        for (int i = 0; i < 20_000; i++) {
            now += MILLI;
            limit.started();
            boolean slow = random.nextInt(4) > 0;
            limit.ended(slow ? 20_000 * MILLI : 2 * MILLI, now);
        }
        assertThat(limit.limited()).isFalse();
    }

    private void run(int workers, int workMillis, int perSecond, int seconds) {
        long end = now + seconds * 1000L * MILLI;
        long gap = TimeUnit.SECONDS.toNanos(1) / perSecond;
        for (; now < end; now += gap) {
            finishUntil(now, workMillis);
            if (limit.full(FLOOR)) {
                turnedAway++;
                continue;
            }
            limit.started();
            if (working.size() < workers) {
                work(now, now, workMillis);
            } else {
                waiting.add(now);
            }
        }
    }

    private void finishUntil(long time, int workMillis) {
        while (!working.isEmpty() && working.peek()[0] <= time) {
            long[] done = working.remove();
            long took = done[0] - done[1];
            limit.ended(took, done[0]);
            answered++;
            inTime += took < 300 * MILLI ? 1 : 0;
            if (!waiting.isEmpty()) {
                work(done[0], waiting.remove(), workMillis);
            }
        }
    }

    private void work(long start, long sent, int workMillis) {
        long takes = (long) (workMillis * MILLI * (0.5 + random.nextDouble()));
        working.add(new long[] {start + takes, sent});
    }
}
