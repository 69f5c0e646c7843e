package io.proxyd.bench.micro;

import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.Candidate;
import io.proxyd.proxy.balance.ConsistentHash;
import io.proxyd.proxy.balance.Hash64;
import io.proxyd.proxy.balance.Latency;
import io.proxyd.proxy.balance.LeastRequest;
import io.proxyd.proxy.balance.PeakEwma;
import io.proxyd.proxy.balance.RoundRobin;
import io.proxyd.proxy.balance.Weighted;
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

/**
 * Choosing a backend; every one has requests in flight, so that least-request draws twice, and was answered lately, as with the
 * observation that belongs to each request.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    @Param({"3", "100", "10000"})
    public int backends;

    private final SplittableRandom random = new SplittableRandom(1);
    private Balancer<Backend> peakEwma = new PeakEwma<>(List.of());
    private Balancer<Backend> leastRequest = new LeastRequest<>(List.of());
    private Balancer<Backend> roundRobin = new RoundRobin<>(List.of(), random);
    private Balancer<Backend> consistentHash = new ConsistentHash<>(List.of());
    private long nowNanos;

    /** A backend that is only its load and latency. */
    public record Backend(int inFlight, Latency latency, long identity) implements Candidate {}

    @Setup
    public void candidates() {
        List<Weighted<Backend>> candidates = IntStream.range(0, backends)
                .mapToObj(i -> new Weighted<>(new Backend(1 + i % 7, new Latency(), Hash64.mix(i)), 100))
                .toList();
        for (Weighted<Backend> weighted : candidates) {
            for (int i = 0; i < 4; i++) {
                weighted.candidate().latency().observe(random.nextLong(30 * MILLI), 0);
            }
        }
        peakEwma = new PeakEwma<>(candidates);
        leastRequest = new LeastRequest<>(candidates);
        roundRobin = new RoundRobin<>(candidates, random);
        consistentHash = new ConsistentHash<>(candidates);
    }

    @Benchmark
    public @Nullable Backend peakEwma() {
        nowNanos += MILLI;
        Backend picked = peakEwma.pick(0, List.of(), nowNanos, random);
        if (picked != null) {
            picked.latency().observe(10 * MILLI, nowNanos);
        }
        return picked;
    }

    @Benchmark
    public @Nullable Backend leastRequest() {
        return leastRequest.pick(0, List.of(), 0, random);
    }

    @Benchmark
    public @Nullable Backend roundRobin() {
        return roundRobin.pick(0, List.of(), 0, random);
    }

    @Benchmark
    public @Nullable Backend consistentHash() {
        return consistentHash.pick(random.nextLong(), List.of(), 0, random);
    }
}
