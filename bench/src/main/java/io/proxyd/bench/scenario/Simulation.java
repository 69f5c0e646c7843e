package io.proxyd.bench.scenario;

import io.proxyd.proxy.balance.Balancer;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * One scenario with one algorithm: requests come at random times (Poisson), are picked a backend for by the real balancer and wait
 * there until they are answered. Neither retries nor ejection nor hedging: the balancer is alone. Always the same, as the clock
 * is virtual and the random has a seed.
 */
final class Simulation {
    private static final long SEED = 20_011;
    private static final double SPREAD = 0.6;

    private final Scenario scenario;
    private final SplittableRandom arrivals = new SplittableRandom(SEED);
    private final SplittableRandom work = arrivals.split();
    private final SplittableRandom picks = arrivals.split();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
    private final Results results = new Results();
    private final Balancer<SimulatedBackend> without;
    private final Balancer<SimulatedBackend> with;
    private long order;

    /** An answer. */
    private record Event(long atNanos, long order, SimulatedBackend backend, long startNanos, boolean failed) {}

    Simulation(Scenario scenario, Algorithm algorithm) {
        this.scenario = scenario;
        List<SimulatedBackend> backends = IntStream.range(0, scenario.backends)
                .mapToObj(SimulatedBackend::new)
                .toList();
        this.with = algorithm.over(backends, new SplittableRandom(SEED));
        this.without = algorithm.over(backends.subList(1, backends.size()), new SplittableRandom(SEED));
    }

    Results run() {
        double gapNanos = (double) TimeUnit.SECONDS.toNanos(1) / scenario.requestsPerSecond;
        double now = 0;
        while (now < Scenario.LENGTH_NANOS) {
            answersUntil((long) now);
            request((long) now);
            now -= Math.log(1 - arrivals.nextDouble()) * gapNanos;
        }
        answersUntil(Long.MAX_VALUE);
        return results;
    }

    private void request(long nowNanos) {
        Balancer<SimulatedBackend> balancer = scenario.complete(nowNanos) ? with : without;
        SimulatedBackend backend = Objects.requireNonNull(balancer.pick(picks.nextLong(), List.of(), nowNanos, picks));
        if (scenario.affected(nowNanos)) {
            results.whileAffected(backend.isFirst());
        }
        if (backend.begin(nowNanos)) {
            work(backend, nowNanos, nowNanos);
        }
    }

    private void work(SimulatedBackend backend, long startNanos, long nowNanos) {
        double usual = Math.exp(SPREAD * work.nextGaussian() - SPREAD * SPREAD / 2); // log-normal with a mean of 1
        long nanos = backend.isFirst() ? scenario.nanos(usual, backend.answers(), nowNanos) : Scenario.nanos(usual);
        boolean failed = backend.isFirst() && scenario.fails(nowNanos);
        events.add(new Event(nowNanos + nanos, order++, backend, startNanos, failed));
    }

    private void answersUntil(long nowNanos) {
        while (!events.isEmpty() && events.peek().atNanos() <= nowNanos) {
            Event answer = events.remove();
            results.answered(answer.startNanos(), answer.atNanos() - answer.startNanos(), answer.failed());
            long next = answer.backend().end(answer.startNanos(), answer.failed(), answer.atNanos());
            if (next >= 0) {
                work(answer.backend(), next, answer.atNanos());
            }
        }
    }
}
