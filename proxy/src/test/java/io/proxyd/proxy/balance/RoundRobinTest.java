package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundRobinTest extends BalancerContract {
    @Override
    Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random) {
        return new RoundRobin<>(candidates, random);
    }

    @ParameterizedTest(name = "weights {0} give {1}")
    @CsvSource({
        "1 1 1, abc",
        "100 100, ab",
        "2 1, aba",
        "300 100, aaba",
        "5 1 1, aaabaac",
        "1 1 5, accbccc",
        "3 3 1, ababcab",
        "1 1000, b"
    })
    void eachRoundIsSmooth(String weights, String pattern) {
        List<TestCandidate> candidates = TestCandidate.ofWeights(
                List.of(weights.split(" ")).stream().mapToInt(Integer::parseInt).toArray());
        String round = sequence(balancer(candidates), 3 * pattern.length());
        assertThat(round + round).contains(pattern);
    }

    @Test
    void everyRoundIsExact() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(10, 20, 70);
        Balancer<TestCandidate> balancer = balancer(candidates);
        for (int round = 0; round < 50; round++) {
            assertThat(picks(balancer, List.of(), 10).values()).containsExactlyInAnyOrder(1, 2, 7);
        }
    }

    @Test
    void roundsAreExactOverAllThreads() throws Exception {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300, 500, 100);
        Balancer<TestCandidate> balancer = balancer(candidates);
        Map<TestCandidate, Integer> total = new HashMap<>();
        List<Map<TestCandidate, Integer>> perThread = inThreads(own -> {
            Map<TestCandidate, Integer> picks = new HashMap<>();
            for (int i = 0; i < 100_000; i++) {
                TestCandidate picked = pick(balancer, List.of(), own);
                if (picked != null) {
                    picks.merge(picked, 1, Integer::sum);
                }
            }
            return picks;
        });
        perThread.forEach(picks -> picks.forEach((c, n) -> total.merge(c, n, Integer::sum)));
        assertThat(candidates).extracting(total::get).containsExactly(40_000, 120_000, 200_000, 40_000);
    }

    @Test
    void proxiesDoNotAllStartAlike() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100);
        HashSet<TestCandidate> first = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom own = new SplittableRandom(seed);
            first.add(pick(make(TestCandidate.weighted(candidates), own), List.of(), own));
        }
        assertThat(first).containsExactlyInAnyOrderElementsOf(candidates);
    }

    @Test
    void aThousandOddWeightsStayWithinABoundedRound() {
        List<TestCandidate> candidates = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            candidates.add(new TestCandidate("c" + i, i % 2 == 0 ? 997 : 1));
        }
        Balancer<TestCandidate> balancer = balancer(candidates);
        Map<TestCandidate, Integer> picks = picks(balancer, List.of(), 40_000);
        assertThat(picks).hasSize(1_000);
        assertThat(picks.get(candidates.get(0))).isGreaterThan(15 * picks.getOrDefault(candidates.get(1), 0));
    }

    private String sequence(Balancer<TestCandidate> balancer, int length) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < length; i++) {
            names.append(pick(balancer, List.of()));
        }
        return names.toString();
    }
}
