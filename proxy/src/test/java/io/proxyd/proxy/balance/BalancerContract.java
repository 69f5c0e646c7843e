package io.proxyd.proxy.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every balancer. */
abstract class BalancerContract {
    private static final int THREADS = 4;

    private final SplittableRandom random = new SplittableRandom(42);

    abstract Balancer<TestCandidate> balancer(List<TestCandidate> candidates, SplittableRandom random);

    private Balancer<TestCandidate> balancer(List<TestCandidate> candidates) {
        return balancer(candidates, random);
    }

    @Test
    void picksNothingFromNothing() {
        assertThat(balancer(List.of()).pick(List.of(), random)).isNull();
    }

    @Test
    void picksTheOnlyOne() {
        List<TestCandidate> one = TestCandidate.ofWeights(7);
        assertThat(balancer(one).pick(List.of(), random)).isSameAs(one.get(0));
    }

    @Test
    void picksNothingWhenAllAreExcluded() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(1, 100, 1000);
        assertThat(balancer(candidates).pick(candidates, random)).isNull();
    }

    @Test
    void anExcludedStrangerDoesNotMatter() {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        assertThat(balancer(candidates).pick(List.of(new TestCandidate("stranger", 100)), random))
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
            TestCandidate picked = balancer(candidates).pick(excluded, random);
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
        assertThat(balancer.pick(List.of(), random)).isSameAs(only);
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
            assertThat((double) picks.getOrDefault(c, 0)).isBetween(expected - fiveSigma, expected + fiveSigma);
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
        List<TestCandidate> candidates = TestCandidate.ofWeights(0, 0);
        assertThat(balancer(candidates).pick(List.of(), random)).isIn(candidates);
        assertThat(balancer(candidates).pick(List.of(candidates.get(0)), random))
                .isSameAs(candidates.get(1));
    }

    @Test
    void whileOthersPickOneThatIsNotExcludedIsAlwaysFound() throws Exception {
        List<TestCandidate> candidates = TestCandidate.ofWeights(100, 100);
        Balancer<TestCandidate> balancer = balancer(candidates);
        List<TestCandidate> excluded = List.of(candidates.get(0));
        List<Long> missed = inThreads(own -> {
            long none = 0;
            for (int i = 0; i < 200_000; i++) {
                if (balancer.pick(excluded, own) == null) {
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
            TestCandidate picked = balancer.pick(excluded, random);
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

    private static int[] numbers(String text) {
        return List.of(text.split(" ")).stream().mapToInt(Integer::parseInt).toArray();
    }
}
