package io.proxyd.bench.scenario;

import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.ConsistentHash;
import io.proxyd.proxy.balance.LeastRequest;
import io.proxyd.proxy.balance.PeakEwma;
import io.proxyd.proxy.balance.RoundRobin;
import io.proxyd.proxy.balance.Weighted;
import io.proxyd.proxy.balance.WeightedRandom;
import java.util.List;
import java.util.SplittableRandom;

/** The balancers that are compared, with the colours of their lines. */
enum Algorithm {
    PEAK_EWMA("peak-ewma", "#0b6e4f"),
    LEAST_REQUEST("least-request", "#d97706"),
    ROUND_ROBIN("round-robin", "#4f6d9e"),
    RANDOM("random", "#9aa5b1"),
    CONSISTENT_HASH("consistent-hash", "#a855a0");

    final String label;
    final String colour;

    Algorithm(String label, String colour) {
        this.label = label;
        this.colour = colour;
    }

    Balancer<SimulatedBackend> over(List<SimulatedBackend> backends, SplittableRandom random) {
        List<Weighted<SimulatedBackend>> weighted =
                backends.stream().map(b -> new Weighted<>(b, 100)).toList();
        return switch (this) {
            case PEAK_EWMA -> new PeakEwma<>(weighted);
            case LEAST_REQUEST -> new LeastRequest<>(weighted);
            case ROUND_ROBIN -> new RoundRobin<>(weighted, random);
            case RANDOM -> new WeightedRandom<>(weighted);
            case CONSISTENT_HASH -> new ConsistentHash<>(weighted);
        };
    }
}
