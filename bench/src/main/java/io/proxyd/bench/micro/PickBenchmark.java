package io.proxyd.bench.micro;

import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.Candidate;
import io.proxyd.proxy.balance.LeastRequest;
import io.proxyd.proxy.balance.RoundRobin;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Choosing a backend; every one has requests in flight, so that least-request draws twice. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {
    @Param({"3", "100", "10000"})
    public int backends;

    private final SplittableRandom random = new SplittableRandom(1);
    private Balancer<Backend> leastRequest = new LeastRequest<>(List.of());
    private Balancer<Backend> roundRobin = new RoundRobin<>(List.of(), random);

    /** A backend that is only its load. */
    public record Backend(int inFlight, int weight) implements Candidate {}

    @Setup
    public void candidates() {
        List<Backend> candidates = IntStream.range(0, backends)
                .mapToObj(i -> new Backend(1 + i % 7, 100))
                .toList();
        leastRequest = new LeastRequest<>(candidates);
        roundRobin = new RoundRobin<>(candidates, random);
    }

    @Benchmark
    public @Nullable Backend leastRequest() {
        return leastRequest.pick(List.of(), random);
    }

    @Benchmark
    public @Nullable Backend roundRobin() {
        return roundRobin.pick(List.of(), random);
    }
}
