package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightedRandomTest extends BalancerContract {
    @Override
    Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random) {
        return new WeightedRandom<>(candidates);
    }

    @Test
    void loadDoesNotMatter() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300);
        candidates.get(1).load(1_000);
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(1)))
                .isBetween(7_200, 7_800);
    }

    @Test
    void theOthersOfAnExcludedOneAreSharedByWeight() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300, 1_000);
        assertThat(picks(balancer(candidates), List.of(candidates.get(2)), 10_000)
                        .get(candidates.get(1)))
                .isBetween(7_200, 7_800);
    }
}
