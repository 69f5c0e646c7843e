package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every balancer. */
abstract class BalancerContract {
    private static final int THREADS = 4;

    private final SplittableRandom random = new SplittableRandom(42);

    abstract Balancer<TestCandidate> make(List<Weighted<TestCandidate>> candidates, SplittableRandom random);

    /** By how much of all requests a share may differ from what the weight asks for, beside chance. */
    double slack() {
        return 0;
    }

    Balancer<TestCandidate> balancer(List<TestCandidate> candidates) {
        return make(TestCandidate.weighted(candidates), random);
    }

    @Nullable TestCandidate pick(Balancer<TestCandidate> balancer, List<TestCandidate> excluded) {
        return pick(balancer, excluded, random);
    }

    static @Nullable TestCandidate pick(
            Balancer<TestCandidate> balancer, Collection<TestCandidate> excluded, SplittableRandom random) {
        return balancer.pick(random.nextLong(), excluded, 0, random);
    }

    @Test
    void picksNothingFromNothing() {
        assertThat(pick(balancer(List.of()), List.of(), random)).isNull();
    }

    @Test
    void picksTheOnlyOne() {
        List<TestCandidate> one = TestCandidate.ofWeights(7);
        assertThat(pick(balancer(one), List.of(), random)).isSameAs(one.get(0));
    }

    @Test
    void picksNothingWhenAllAreExcluded() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(1, 100, 1000);
        assertThat(pick(balancer(candidates), candidates, random)).isNull();
    }

    @Test
    void anExcludedStrangerDoesNotMatter() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        assertThat(pick(balancer(candidates), List.of(new TestCandidate("stranger", 100)), random))
                .isIn(candidates);
    }

    @Test
    void picksOnlyCandidatesAndNeverAnExcludedOne() {
        for (int round = 0; round < 2_000; round++) {
            List<TestCandidate> candidates = new ArrayList<>();
            Set<TestCandidate> excluded = new HashSet<>();
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                TestCandidate candidate = new TestCandidate(String.valueOf(i), 1 + random.nextInt(1000));
                candidates.add(candidate.load(random.nextInt(5)));
                if (random.nextInt(3) == 0) {
                    excluded.add(candidate);
                }
            }
            TestCandidate picked = pick(balancer(candidates), excluded, random);
            if (excluded.size() == candidates.size()) {
                assertThat(picked).isNull();
            } else {
                assertThat(picked).isIn(candidates).isNotIn(excluded);
            }
        }
    }

    @Test
    void aLaterChangeOfTheListDoesNotMatter() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100);
        Balancer<TestCandidate> balancer = balancer(candidates);
        TestCandidate only = candidates.remove(0);
        assertThat(pick(balancer, List.of())).isSameAs(only);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 1", "100 100 100", "1 2 7", "1000 1 500", "100 300 100 500"})
    void idleCandidatesGetTheShareOfTheirWeight(String weights) {
        List<TestCandidate> candidates = TestCandidate.ofWeights(numbers(weights));
        Map<TestCandidate, Integer> picks = picks(balancer(candidates), List.of(), 100_000);
        int sum = candidates.stream().mapToInt(TestCandidate::weight).sum();
        candidates.forEach(c -> {
            double expected = 100_000.0 * c.weight() / sum;
            double fiveSigma = 5 * Math.sqrt(expected * (1 - (double) c.weight() / sum)) + 1;
            assertThat((double) picks.getOrDefault(c, 0)).isCloseTo(expected, offset(fiveSigma + slack() * 100_000));
        });
    }

    @Test
    void theOthersShareTheRequestsOfAnExcludedOne() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100, 100);
        Map<TestCandidate, Integer> picks = picks(balancer(candidates), List.of(candidates.get(1)), 30_000);
        assertThat(picks).containsOnlyKeys(candidates.get(0), candidates.get(2));
        assertThat(picks.get(candidates.get(2))).isGreaterThan(7_000);
        assertThat(picks.get(candidates.get(0))).isGreaterThan(7_000);
    }

    /** A re-registration may set the weight to 0 between the choice of the candidates and the making of the balancer. */
    @Test
    void aWeightThatHasJustBecomeZeroDoesNoHarm() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(0, 0, -3);
        assertThat(pick(balancer(candidates), List.of(), random)).isIn(candidates);
        assertThat(pick(balancer(candidates), candidates.subList(0, 2))).isSameAs(candidates.get(2));
    }

    @Test
    void ofTenThousandEachIsReached() {
        List<TestCandidate> candidates = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            candidates.add(new TestCandidate("c" + i, 100));
        }
        Map<TestCandidate, Integer> picks = picks(balancer(candidates), List.of(), 400_000);
        assertThat(picks).hasSize(10_000);
        List<TestCandidate> allButOne = new ArrayList<>(candidates);
        TestCandidate left = allButOne.remove(4_711);
        assertThat(pick(balancer(candidates), new HashSet<>(allButOne), random)).isSameAs(left);
    }

    @Test
    void anotherWeightCountsInTheNextBalancer() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        TestCandidate heavy = candidates.get(0);
        List<Weighted<TestCandidate>> tilted =
                List.of(new Weighted<>(heavy, 900), new Weighted<>(candidates.get(1), 100));
        assertThat(picks(balancer(candidates), List.of(), 10_000).get(heavy)).isBetween(4_000, 6_000);
        assertThat(picks(make(tilted, random), List.of(), 10_000).get(heavy)).isBetween(8_500, 9_500);
    }

    @Test
    void everyCandidateHasAScoreAndNobodyElse() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 300);
        Balancer<TestCandidate> balancer = balancer(candidates);
        assertThat(candidates).allSatisfy(c -> assertThat(balancer.score(c, 0)).isNotNull());
        assertThat(balancer.score(new TestCandidate("stranger", 100), 0)).isNull();
    }

    @Test
    void whileOthersPickOneThatIsNotExcludedIsAlwaysFound() throws Exception {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        Balancer<TestCandidate> balancer = balancer(candidates);
        List<TestCandidate> excluded = List.of(candidates.get(0));
        List<Long> missed = inThreads(own -> {
            long none = 0;
            for (int i = 0; i < 200_000; i++) {
                if (pick(balancer, excluded, own) == null) {
                    none++;
                }
            }
            return none;
        });
        assertThat(missed).containsOnly(0L);
    }

    Map<TestCandidate, Integer> picks(Balancer<TestCandidate> balancer, List<TestCandidate> excluded, int number) {
        Map<TestCandidate, Integer> picks = new LinkedHashMap<>();
        for (int i = 0; i < number; i++) {
            TestCandidate picked = pick(balancer, excluded);
            if (picked != null) {
                picks.merge(picked, 1, Integer::sum);
            }
        }
        return picks;
    }

    /** Runs the same in some threads at once, each with a random of its own. */
    static <T> List<T> inThreads(InThread<T> body) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<T>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom own = new SplittableRandom(i);
                tasks.add(() -> body.run(own));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(tasks)) {
                results.add(future.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    interface InThread<T> {
        T run(SplittableRandom random) throws Exception;
    }

    static int[] numbers(String text) {
        return List.of(text.split(" ")).stream().mapToInt(Integer::parseInt).toArray();
    }
}
