package io.proxyd.proxy.route;

import io.proxyd.config.BalancingConfig;
import io.proxyd.config.BalancingConfig.Panic;
import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.ConsistentHash;
import io.proxyd.proxy.balance.LeastRequest;
import io.proxyd.proxy.balance.PeakEwma;
import io.proxyd.proxy.balance.RoundRobin;
import io.proxyd.proxy.balance.Weighted;
import io.proxyd.proxy.balance.WeightedRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Decides which backends of a service may be picked, and with which weight: those that are up, all or some in a panic, weighed
 * by what is registered, by slow start and by zone. Any thread; two at once come to the same result.
 */
final class Selection {
    /** The weight of the heaviest where weights are no longer the registered ones. */
    private static final double FINE = 1_000_000;

    private final BalancingConfig config;
    private final ServiceState state;
    private final SlowStart slowStart;
    private final Zones zones;

    /** @param zone proxyd's own; null for none */
    Selection(BalancingConfig config, ServiceState state, @Nullable String zone) {
        this.config = config;
        this.state = state;
        this.slowStart = new SlowStart(config.slowStart());
        this.zones = new Zones(zone, config.zoneShare());
    }

    /**
     * @param before whose balancer goes on if it is over the same shares, so that its round does not start anew
     * @param willing all that could be picked in a panic
     * @param up those of them that are up
     * @param version of the service's state, read before the lists were made
     * @param validUntilNanos up to which the lists stay as they are though nothing happens
     */
    Choice choose(
            @Nullable Choice before,
            List<LiveBackend> willing,
            List<LiveBackend> up,
            int version,
            long nowNanos,
            long validUntilNanos) {
        boolean panic = isPanic(up.size(), willing.size());
        if (!panic) {
            state.lastUp(up);
        }
        double local = panic || !zones.anyLocal(up) ? 1 : zones.localShare(willing, up);
        List<LiveBackend> chosen = panic ? inPanic(willing, up) : local < 1 ? up : preferred(up);
        SlowStart.Factors factors = slowStart.of(chosen, nowNanos, validUntilNanos);
        List<Weighted<LiveBackend>> shares = shares(chosen, factors.values(), local);
        Balancer<LiveBackend> balancer =
                before != null && before.shares().equals(shares) ? before.balancer() : balancerOver(shares);
        boolean sooner = factors.validUntilNanos() - validUntilNanos < 0;
        return new Choice(balancer, shares, panic, version, sooner ? factors.validUntilNanos() : validUntilNanos);
    }

    private boolean isPanic(int up, int willing) {
        return willing > 0 && (up == 0 || up < config.panic().share() * willing);
    }

    private List<LiveBackend> inPanic(List<LiveBackend> willing, List<LiveBackend> up) {
        Panic.Mode mode = config.panic().mode();
        if (mode == Panic.Mode.FAIL) {
            return up;
        }
        if (mode == Panic.Mode.USE_ALL) {
            return willing;
        }
        Set<LiveBackend> known = new HashSet<>(up);
        known.addAll(state.lastUp());
        List<LiveBackend> left = willing.stream().filter(known::contains).toList();
        return left.isEmpty() ? willing : left;
    }

    /** Those in the own zone if there are any, else all. */
    private List<LiveBackend> preferred(List<LiveBackend> up) {
        return zones.anyLocal(up) ? up.stream().filter(zones::isLocal).toList() : up;
    }

    /** @param local the share of all requests that those in the own zone get; 1 if zones make no difference */
    private List<Weighted<LiveBackend>> shares(List<LiveBackend> chosen, double[] factors, double local) {
        double[] weights = new double[factors.length];
        double here = 0;
        double elsewhere = 0;
        boolean plain = local == 1;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = factors[i] * chosen.get(i).terms().weight();
            plain &= factors[i] == 1;
            here += zones.isLocal(chosen.get(i)) ? weights[i] : 0;
            elsewhere += zones.isLocal(chosen.get(i)) ? 0 : weights[i];
        }
        double largest = 1;
        for (int i = 0; i < weights.length && !plain; i++) {
            if (local < 1) {
                weights[i] *= zones.isLocal(chosen.get(i)) ? local / here : (1 - local) / elsewhere;
            }
            largest = i == 0 ? weights[i] : Math.max(largest, weights[i]);
        }
        double unit = plain ? 1 : FINE / largest;
        List<Weighted<LiveBackend>> shares = new ArrayList<>(weights.length);
        for (int i = 0; i < weights.length; i++) {
            shares.add(new Weighted<>(chosen.get(i), (int) Math.round(weights[i] * unit)));
        }
        return List.copyOf(shares);
    }

    private Balancer<LiveBackend> balancerOver(List<Weighted<LiveBackend>> shares) {
        return switch (config.algorithm()) {
            case PEAK_EWMA -> new PeakEwma<>(shares);
            case LEAST_REQUEST -> new LeastRequest<>(shares);
            case ROUND_ROBIN -> new RoundRobin<>(shares, new SplittableRandom());
            case RANDOM -> new WeightedRandom<>(shares);
            case CONSISTENT_HASH -> new ConsistentHash<>(shares);
        };
    }
}
