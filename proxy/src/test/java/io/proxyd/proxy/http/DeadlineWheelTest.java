package io.proxyd.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By a clock that stands still unless the test moves it. */
class DeadlineWheelTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    /** A tick for rounding up, and one for the phase of the ticks. */
    private static final long LATEST = 2 * 50 * MILLI;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private long nowNanos = Long.MAX_VALUE - 1_000 * MILLI; // the clock may wrap around at any time
    private final DeadlineWheel wheel = new DeadlineWheel(channel.eventLoop(), Duration.ofMillis(50), () -> nowNanos);
    private final List<String> expired = new ArrayList<>();

    @BeforeEach
    void stopTheClock() {
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 49, 50, 51, 500, 51_150, 51_200, 51_250, 60_000, 600_000})
    void firesNotBeforeItsTimeAndSoonAfter(long millis) {
        arm(deadline("a"), millis);
        advance(millis);
        assertThat(expired).isEmpty();
        advance(LATEST / MILLI);
        assertThat(expired).containsExactly("a");
        advance(200_000);
        assertThat(expired).as("once").containsExactly("a");
    }

    @Test
    void movesLaterWhenArmedAgain() {
        Deadline deadline = deadline("a");
        arm(deadline, 1_000);
        for (int i = 0; i < 100; i++) {
            advance(900);
            arm(deadline, 1_000);
        }
        assertThat(expired).isEmpty();
        advance(1_100);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void movesEarlierWhenArmedAgain() {
        Deadline deadline = deadline("a");
        arm(deadline, 100_000);
        arm(deadline, 200);
        advance(300);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void isSilentOnceDisarmed() {
        Deadline deadline = deadline("a");
        arm(deadline, 500);
        advance(400);
        deadline.disarm();
        advance(10_000);
        assertThat(expired).isEmpty();
        arm(deadline, 500);
        advance(600);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void mayBeArmedAgainWhenItExpires() {
        Deadline[] deadline = new Deadline[1];
        deadline[0] = new Deadline(() -> {
            expired.add("a");
            if (expired.size() < 5) {
                wheel.arm(deadline[0], nowNanos, 1_000 * MILLI);
            }
        });
        arm(deadline[0], 1_000);
        advance(20_000);
        assertThat(expired).hasSize(5);
    }

    @Test
    void oneMayDisarmOrArmAnotherOfTheSameTick() {
        Deadline victim = deadline("victim");
        Deadline moved = deadline("moved");
        arm(victim, 1_000);
        arm(moved, 1_000);
        arm(
                new Deadline(() -> {
                    victim.disarm();
                    arm(moved, 5_000);
                }),
                1_000);
        advance(1_200);
        assertThat(expired).isEmpty();
        advance(5_000);
        assertThat(expired).containsExactly("moved");
    }

    @Test
    void oneThatThrowsDoesNotStopTheOthers() {
        arm(deadline("before"), 500);
        arm(
                new Deadline(() -> {
                    throw new IllegalStateException("as the test says");
                }),
                500);
        arm(deadline("after"), 500);
        arm(deadline("later"), 1_000);
        advance(2_000);
        assertThat(expired).containsExactlyInAnyOrder("before", "after", "later");
    }

    @Test
    void aLoopThatStalledCatchesUp() {
        for (int i = 0; i < 100; i++) {
            arm(deadline(String.valueOf(i)), i * 1_000L);
        }
        advanceAtOnce(200_000);
        assertThat(expired).hasSize(100);
    }

    @Test
    void ticksOnlyWhileSomethingIsInIt() {
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        arm(deadline("a"), 500);
        assertThat(channel.runScheduledPendingTasks()).isPositive();
        advance(600);
        assertThat(expired).hasSize(1);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        advance(100_000);
        arm(deadline("b"), 500);
        advance(600);
        assertThat(expired).containsExactly("a", "b");
    }

    @Test
    void manyFireInTheirTimeWhateverIsDoneToThem() {
        SplittableRandom random = new SplittableRandom(6);
        long[] due = new long[50];
        boolean[] armed = new boolean[due.length];
        Deadline[] deadlines = new Deadline[due.length];
        for (int i = 0; i < due.length; i++) {
            int own = i;
            deadlines[i] = new Deadline(() -> {
                assertThat(armed[own]).as("armed").isTrue();
                assertThat(nowNanos - due[own]).as("not early").isNotNegative();
                armed[own] = false;
            });
        }
        for (int step = 0; step < 20_000; step++) {
            int i = random.nextInt(due.length);
            if (random.nextInt(4) == 0) {
                deadlines[i].disarm();
                armed[i] = false;
            } else {
                long delay = random.nextLong(random.nextInt(10) == 0 ? 120_000 : 2_000) * MILLI;
                due[i] = nowNanos + delay;
                armed[i] = true;
                wheel.arm(deadlines[i], nowNanos, delay);
            }
            advance(random.nextInt(120));
            for (int k = 0; k < due.length; k++) {
                assertThat(!armed[k] || nowNanos - due[k] <= LATEST)
                        .as("not late")
                        .isTrue();
            }
        }
    }

    private Deadline deadline(String name) {
        return new Deadline(() -> expired.add(name));
    }

    private void arm(Deadline deadline, long millis) {
        wheel.arm(deadline, nowNanos, millis * MILLI);
    }

    private void advance(long millis) {
        for (long left = millis; left > 0; left -= 10) {
            advanceAtOnce(Math.min(left, 10));
        }
    }

    private void advanceAtOnce(long millis) {
        nowNanos += millis * MILLI;
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }
}
