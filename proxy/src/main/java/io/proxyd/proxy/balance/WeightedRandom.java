package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Any one, as likely as its weight says, whatever it has to do. */
public final class WeightedRandom<C extends Candidate> implements Balancer<C> {
    private final WeightedDraw<C> draw;

    public WeightedRandom(List<Weighted<C>> candidates) {
        this.draw = new WeightedDraw<>(candidates);
    }

    @Override
    public @Nullable C pick(long hash, Collection<C> excluded, long nowNanos, SplittableRandom random) {
        int index = draw.draw(excluded, random);
        return index < 0 ? null : draw.at(index).candidate();
    }

    @Override
    public @Nullable Score score(C candidate, long nowNanos) {
        int index = draw.indexOf(candidate);
        if (index < 0) {
            return null;
        }
        double share = draw.share(index);
        return new Score(share, String.format(Locale.ROOT, "picked for %.1f %% of the requests", 100 * share));
    }
}
