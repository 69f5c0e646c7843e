package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConsistentHashTest extends BalancerContract {
    private static final int KEYS = 20_000;

    private final SplittableRandom random = new SplittableRandom(9);

    @Override
    Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random) {
        return new ConsistentHash<>(candidates);
    }

    /** The points of a ring are themselves spread at random. */
    @Override
    double slack() {
        return 0.05;
    }

    @Test
    void theSameKeyGoesToTheSameInEveryProxyWhateverTheOrder() {
        List<TestCandidate> candidates = hundred();
        List<TestCandidate> reversed = new ArrayList<>();
        hundred().forEach(c -> reversed.add(0, c));
        assertThat(names(balancer(reversed))).isEqualTo(names(balancer(candidates)));
    }

    @Test
    void whoLeavesGivesAwayOnlyItsOwnKeysAndToManyOthers() {
        List<TestCandidate> candidates = hundred();
        Map<Long, String> before = names(balancer(candidates));
        candidates.remove(17);
        Map<Long, String> after = names(balancer(candidates));
        Set<String> heirs = new HashSet<>();
        before.forEach((key, name) -> {
            if (name.equals("c17")) {
                heirs.add(after.get(key));
            } else {
                assertThat(after.get(key)).isEqualTo(name);
            }
        });
        assertThat(heirs).hasSizeGreaterThan(30);
    }

    @Test
    void whoComesTakesAboutItsShareAndNothingElseMoves() {
        List<TestCandidate> candidates = hundred();
        Map<Long, String> before = names(balancer(candidates));
        candidates.add(3, new TestCandidate("new", 100));
        Map<Long, String> after = names(balancer(candidates));
        int moved = 0;
        for (Map.Entry<Long, String> entry : after.entrySet()) {
            if (!entry.getValue().equals(before.get(entry.getKey()))) {
                assertThat(entry.getValue()).isEqualTo("new");
                moved++;
            }
        }
        assertThat(moved).isBetween(KEYS / 200, KEYS / 60);
    }

    @Test
    void aWeightThatGrowsOnlyDrawsKeysToItself() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100);
        List<Weighted<TestCandidate>> light = new ArrayList<>(TestCandidate.weighted(candidates));
        light.set(2, new Weighted<>(candidates.get(2), 10));
        Map<Long, String> before = names(new ConsistentHash<>(light));
        names(balancer(candidates)).forEach((key, name) -> {
            if (!name.equals(before.get(key))) {
                assertThat(name).isEqualTo("c");
            }
        });
    }

    @Test
    void anExcludedOneIsPassedOverInTheSameWayAsIfItWereGone() {
        List<TestCandidate> candidates = hundred();
        Balancer<TestCandidate> all = balancer(candidates);
        TestCandidate out = candidates.remove(40);
        Balancer<TestCandidate> others = balancer(candidates);
        for (long key = 0; key < KEYS; key++) {
            long hash = Hash64.mix(key);
            assertThat(all.pick(hash, List.of(out), 0, random)).isSameAs(others.pick(hash, List.of(), 0, random));
        }
    }

    @Test
    void aKeyStaysWhileItsOwnerIsBusyWithinReason() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100);
        Balancer<TestCandidate> balancer = balancer(candidates);
        Map<Long, String> before = names(balancer);
        candidates.get(0).load(60);
        assertThat(names(balancer)).isEqualTo(before);
    }

    @Test
    void nobodyGetsMuchMoreThanItsShareInFlightThoughAllAskForTheSame() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 200);
        Balancer<TestCandidate> balancer = balancer(candidates);
        for (int i = 0; i < 1_000; i++) {
            Objects.requireNonNull(balancer.pick(4711, List.of(), i * 1_000_000L, random))
                    .begin();
        }
        candidates.forEach(c -> assertThat(c.inFlight()).as(c.toString()).isLessThanOrEqualTo((int)
                Math.ceil(1.25 * 1_001 * c.weight() / 400)));
        assertThat(candidates.stream().mapToInt(TestCandidate::inFlight).sum()).isEqualTo(1_000);
    }

    private static List<TestCandidate> hundred() {
        List<TestCandidate> candidates = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            candidates.add(new TestCandidate("c" + i, 100));
        }
        return candidates;
    }

    private Map<Long, String> names(Balancer<TestCandidate> balancer) {
        Map<Long, String> names = new HashMap<>();
        for (long key = 0; key < KEYS; key++) {
            names.put(key, String.valueOf(balancer.pick(Hash64.mix(key), List.of(), 0, random)));
        }
        return names;
    }
}
