package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Two random choices, each as likely as its weight says, of which the better one is taken (Mitzenmacher, "The Power of Two
 * Choices in Randomized Load Balancing", 2001): nearly as even as to look at all of them, but many proxies that see the same do
 * not all run to the same backend. The first choice stays unless the second is better, so that equals are shared exactly by
 * weight.
 */
abstract sealed class TwoChoices<C extends Candidate> implements Balancer<C> permits LeastRequest, PeakEwma {
    private final WeightedDraw<C> draw;

    TwoChoices(List<Weighted<C>> candidates) {
        this.draw = new WeightedDraw<>(candidates);
    }

    @Override
    public final @Nullable C pick(long hash, Collection<C> excluded, long nowNanos, SplittableRandom random) {
        int firstIndex = draw.draw(excluded, random);
        if (firstIndex < 0) {
            return null;
        }
        Weighted<C> first = draw.at(firstIndex);
        if (!suffices(first.candidate())) {
            Weighted<C> second = draw.at(draw.drawAnother(firstIndex, excluded, random));
            if (second != first && isBetter(second, first, nowNanos)) {
                return picked(second.candidate(), nowNanos);
            }
        }
        return picked(first.candidate(), nowNanos);
    }

    /** Whether no other one could be better. */
    abstract boolean suffices(C first);

    abstract boolean isBetter(Weighted<C> second, Weighted<C> first, long nowNanos);

    /** Returns what was picked, having made a note of it. */
    C picked(C candidate, long nowNanos) {
        return candidate;
    }

    @Override
    public final @Nullable Score score(C candidate, long nowNanos) {
        int index = draw.indexOf(candidate);
        return index < 0 ? null : score(draw.at(index), nowNanos);
    }

    abstract Score score(Weighted<C> candidate, long nowNanos);

    /** Whether the second has fewer requests in flight for its weight. */
    static boolean isLessLoaded(Weighted<? extends Candidate> second, Weighted<? extends Candidate> first) {
        long secondLoad = (long) second.candidate().inFlight() * first.weight();
        long firstLoad = (long) first.candidate().inFlight() * second.weight();
        return secondLoad < firstLoad;
    }
}
