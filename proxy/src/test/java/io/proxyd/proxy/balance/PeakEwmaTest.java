package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeakEwmaTest extends BalancerContract {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final List<TestCandidate> three = TestCandidate.ofWeights(100, 100, 100);
    private final TestCandidate slow = three.get(0);
    private final SplittableRandom random = new SplittableRandom(6);

    @Override
    Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random) {
        return new PeakEwma<>(candidates);
    }

    @Test
    void aSlowOneIsPickedNextToNever() {
        answers(slow, 50);
        answers(three.get(1), 1);
        answers(three.get(2), 2);
        assertThat(picks(balancer(three), List.of(), 100_000).getOrDefault(slow, 0))
                .isLessThan(50);
    }

    @Test
    void latenciesThatAreAlikeAreSharedByWeight() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300);
        answers(candidates.get(0), 20);
        answers(candidates.get(1), 30);
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(1)))
                .isBetween(7_200, 7_800);
    }

    @Test
    void aFastOneThatIsBusyEnoughIsSparedForASlowerOne() {
        List<TestCandidate> two = TestCandidate.ofWeights(100, 100);
        answers(two.get(0), 95);
        answers(two.get(1), 15);
        two.get(1).load(3); // 4 × 20 is less than 100
        assertThat(picks(balancer(two), List.of(), 10_000).get(two.get(1))).isGreaterThan(9_900);
        two.get(1).load(6); // and 7 × 20 is more
        assertThat(picks(balancer(two), List.of(), 10_000).get(two.get(0))).isGreaterThan(9_900);
    }

    @Test
    void anUnknownOneIsTriedByOneRequestAndNotByABurst() {
        answers(three.get(1), 100);
        answers(three.get(2), 100);
        three.get(1).load(50);
        three.get(2).load(50);
        Balancer<TestCandidate> balancer = balancer(three);
        int toUnknown = 0;
        for (int i = 0; i < 1_000; i++) {
            TestCandidate picked = Objects.requireNonNull(pick(balancer, List.of()));
            picked.begin();
            toUnknown += picked == slow ? 1 : 0;
        }
        assertThat(toUnknown).isEqualTo(1);
    }

    @Test
    void whileAllAreUnknownABurstIsSpreadEvenly() {
        Balancer<TestCandidate> balancer = balancer(three);
        for (int i = 0; i < 300; i++) {
            Objects.requireNonNull(pick(balancer, List.of())).begin();
        }
        assertThat(three).allSatisfy(c -> assertThat(c.inFlight()).isBetween(95, 105));
    }

    @Test
    void oneThatWasSlowIsTriedAgainAfterAWhileByOneRequest() {
        answers(slow, 200);
        answers(three.get(1), 1);
        answers(three.get(2), 1);
        Balancer<TestCandidate> balancer = balancer(three);
        assertThat(toSlow(balancer, 2 * SECOND)).isZero();
        assertThat(toSlow(balancer, 60 * SECOND)).isEqualTo(1);
        assertThat(toSlow(balancer, 61 * SECOND)).as("not answered yet").isZero();
        slow.latency().observe(MILLI, 62 * SECOND);
        assertThat(toSlow(balancer, 63 * SECOND)).isBetween(250, 420);
    }

    @Test
    void oneThatFailsAtOnceDoesNotDrawRequests() {
        three.forEach(c -> answers(c, 20));
        slow.latency().failed(0);
        slow.latency().observe(MILLI, 0);
        assertThat(picks(balancer(three), List.of(), 10_000).getOrDefault(slow, 0))
                .isLessThan(20);
    }

    @Test
    void theScoreSaysHowItComesAbout() {
        answers(slow, 30);
        slow.load(2);
        Score score = Objects.requireNonNull(balancer(three).score(slow, 0));
        assertThat(score.value()).isEqualTo(0.9);
        assertThat(score.words())
                .isEqualTo("latency 30.00 ms × (2 in flight + 1) / weight 100, in ms; lower is better");
        Score unknown = Objects.requireNonNull(balancer(three).score(three.get(1), 0));
        assertThat(unknown.words()).isEqualTo("latency not known yet, 0 in flight; it is tried");
    }

    private int toSlow(Balancer<TestCandidate> balancer, long nowNanos) {
        int picks = 0;
        for (int i = 0; i < 1_000; i++) {
            picks += balancer.pick(0, List.of(), nowNanos, random) == slow ? 1 : 0;
            three.subList(1, 3).forEach(c -> c.latency().observe(MILLI, nowNanos));
        }
        return picks;
    }

    private static void answers(TestCandidate candidate, long millis) {
        for (int i = 0; i < 3; i++) {
            candidate.latency().observe(millis * MILLI, 0);
        }
    }
}
