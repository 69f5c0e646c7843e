package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Two random choices, each as likely as its weight says; the one with fewer requests in flight for its weight is taken
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). A tie goes to the first choice, so an idle
 * service is shared exactly by weight.
 */
public final class LeastRequest<C extends Candidate> implements Balancer<C> {
    private static final int TRIES = 4;

    private final List<C> candidates;
    /** The sum of the weights up to and with each candidate. */
    private final int[] weightUpTo;

    /** @param candidates with weights above 0; one whose weight has become 0 by now counts as 1 */
    public LeastRequest(List<C> candidates) {
        this.candidates = List.copyOf(candidates);
        this.weightUpTo = new int[candidates.size()];
        int sum = 0;
        for (int i = 0; i < weightUpTo.length; i++) {
            sum = Math.addExact(sum, Math.max(1, candidates.get(i).weight()));
            weightUpTo[i] = sum;
        }
    }

    @Override
    public @Nullable C pick(Collection<C> excluded, SplittableRandom random) {
        int count = candidates.size();
        if (count == 0) {
            return null;
        }
        if (!excluded.isEmpty()) {
            return pickAmongOthers(excluded, random);
        }
        C first = candidates.get(draw(random));
        if (count == 1 || first.inFlight() == 0) {
            return first;
        }
        C second = first;
        for (int i = 0; i < TRIES && second == first; i++) {
            second = candidates.get(draw(random));
        }
        return lessLoaded(first, second);
    }

    /** A retry: rare, so it may look at all of them. */
    private @Nullable C pickAmongOthers(Collection<C> excluded, SplittableRandom random) {
        List<C> others = candidates.stream().filter(c -> !excluded.contains(c)).toList();
        return new LeastRequest<>(others).pick(List.of(), random);
    }

    private int draw(SplittableRandom random) {
        int point = random.nextInt(weightUpTo[weightUpTo.length - 1]);
        int low = 0;
        int high = weightUpTo.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (weightUpTo[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private static <C extends Candidate> C lessLoaded(C first, C second) {
        long firstLoad = (long) first.inFlight() * second.weight();
        long secondLoad = (long) second.inFlight() * first.weight();
        return secondLoad < firstLoad ? second : first;
    }
}
