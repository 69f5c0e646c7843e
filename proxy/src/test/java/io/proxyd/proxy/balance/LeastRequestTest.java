package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeastRequestTest extends BalancerContract {
    @Override
    Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random) {
        return new LeastRequest<>(candidates);
    }

    @Test
    void ofTwoTheLessLoadedIsPicked() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        candidates.get(0).load(3);
        candidates.get(1).load(2);
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(1)))
                .isGreaterThan(9_500);
    }

    @Test
    void loadIsWeighed() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300);
        candidates.get(0).load(10);
        candidates.get(1).load(20); // 20 of 300 is less than 10 of 100
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(1)))
                .isGreaterThan(9_900);
        candidates.get(1).load(40); // and 40 of 300 is more
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(0)))
                .isGreaterThan(7_500);
    }

    @Test
    void equalLoadsForTheWeightsAreSharedByWeight() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300);
        candidates.get(0).load(2);
        candidates.get(1).load(6);
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(candidates.get(1)))
                .isBetween(7_300, 7_700);
    }

    @Test
    void aStuckBackendGetsLittle() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100, 100);
        candidates.forEach(c -> c.load(1));
        candidates.get(2).load(50);
        Map<TestCandidate, Integer> picks = picks(balancer(candidates), List.of(), 10_000);
        assertThat(picks.getOrDefault(candidates.get(2), 0)).isLessThan(50);
    }

    @Test
    void aRetryMindsTheLoadOfTheOthers() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100);
        candidates.get(1).load(9);
        candidates.get(2).load(1);
        assertThat(picks(balancer(candidates), List.of(candidates.get(0)), 1_000)
                        .get(candidates.get(2)))
                .isGreaterThan(900);
    }

    @Test
    void requestsInFlightStayNearTheWeights() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 200, 700);
        Balancer<TestCandidate> balancer = balancer(candidates);
        Deque<TestCandidate> inFlight = new ArrayDeque<>();
        for (int i = 0; i < 10_000; i++) {
            TestCandidate picked = Objects.requireNonNull(pick(balancer, List.of()));
            picked.begin();
            inFlight.add(picked);
            if (inFlight.size() > 100) {
                inFlight.remove().end();
            }
        }
        assertThat(candidates.get(0).inFlight()).isBetween(5, 15);
        assertThat(candidates.get(1).inFlight()).isBetween(13, 27);
        assertThat(candidates.get(2).inFlight()).isBetween(62, 78);
    }
}
