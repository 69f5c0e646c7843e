package io.proxyd.proxy.balance;

import java.util.List;

/** Of two random choices the one with fewer requests in flight for its weight. */
public final class LeastRequest<C extends Candidate> extends TwoChoices<C> {
    public LeastRequest(List<Weighted<C>> candidates) {
        super(candidates);
    }

    @Override
    boolean suffices(C first) {
        return first.inFlight() == 0;
    }

    @Override
    boolean isBetter(Weighted<C> second, Weighted<C> first, long nowNanos) {
        return isLessLoaded(second, first);
    }

    @Override
    Score score(Weighted<C> candidate, long nowNanos) {
        int inFlight = candidate.candidate().inFlight();
        return new Score(
                (double) inFlight / candidate.weight(),
                inFlight + " in flight / weight " + candidate.weight() + "; lower is better");
    }
}
