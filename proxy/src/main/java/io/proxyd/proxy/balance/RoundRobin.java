package io.proxyd.proxy.balance;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Smooth weighted round-robin: in each round every candidate gets its weight's share, spread evenly over the round (earliest
 * deadline first). The round is laid out once, so that a pick is one counter step, exact over all event loops.
 */
public final class RoundRobin<C extends Candidate> implements Balancer<C> {
    private static final int MAX_ROUND = 16 * 1024;

    private final List<C> round;
    private final AtomicInteger turn = new AtomicInteger();

    /**
     * @param random where in the round to start, so that many proxies do not start alike
     */
    public RoundRobin(List<Weighted<C>> candidates, SplittableRandom random) {
        this.round = layOut(candidates);
        if (!round.isEmpty()) {
            turn.set(random.nextInt(round.size()));
        }
    }

    @Override
    public @Nullable C pick(long hash, Collection<C> excluded, long nowNanos, SplittableRandom random) {
        int start = turn.getAndIncrement();
        for (int i = 0; i < round.size(); i++) {
            C next = round.get(Math.floorMod(start + i, round.size()));
            if (!excluded.contains(next)) {
                return next;
            }
        }
        return null;
    }

    @Override
    public @Nullable Score score(C candidate, long nowNanos) {
        long turns = round.stream().filter(candidate::equals).count();
        if (turns == 0) {
            return null;
        }
        return new Score(
                (double) turns / round.size(),
                String.format(Locale.ROOT, "%d of the %d turns of a round", turns, round.size()));
    }

    private record Due<C>(double at, int order, C candidate, int turns) {}

    private static <C extends Candidate> List<C> layOut(List<Weighted<C>> candidates) {
        int divisor = 0;
        long sum = 0;
        for (Weighted<C> candidate : candidates) {
            divisor = gcd(divisor, candidate.weight());
            sum += candidate.weight();
        }
        if (candidates.isEmpty()) {
            return List.of();
        }
        double turnsPerWeight = Math.min(1.0 / divisor, Math.max(MAX_ROUND, candidates.size()) / (double) sum);
        PriorityQueue<Due<C>> queue =
                new PriorityQueue<>(Comparator.<Due<C>>comparingDouble(Due::at).thenComparingInt(Due::order));
        int length = 0;
        for (int i = 0; i < candidates.size(); i++) {
            int turns = (int) Math.max(1, Math.round(candidates.get(i).weight() * turnsPerWeight));
            length += turns;
            double phase = (i + 0.5) / candidates.size(); // else all light ones would come in the middle of the round
            queue.add(new Due<>(phase / turns, i, candidates.get(i).candidate(), turns));
        }
        List<C> round = new ArrayList<>(length);
        while (round.size() < length) {
            Due<C> due = queue.remove();
            round.add(due.candidate());
            queue.add(new Due<>(due.at() + 1.0 / due.turns(), due.order(), due.candidate(), due.turns()));
        }
        return List.copyOf(round);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
