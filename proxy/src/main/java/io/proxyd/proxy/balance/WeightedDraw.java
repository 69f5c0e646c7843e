package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws candidates at random, each as likely as its weight says, in constant time by Walker's alias method (Vose, "A Linear
 * Algorithm for Generating Random Numbers with a Given Distribution", 1991): every candidate owns one of n slots, and gives
 * the part of it that is above its weight to one other candidate. Immutable.
 */
final class WeightedDraw<C> {
    /** A draw that finds an unwanted one this often looks at all of them. */
    private static final int TRIES = 8;

    private static final int NONE = -1;

    private final List<Weighted<C>> candidates;
    private final boolean even;
    /** The part of each slot that is its owner's, of 2^31. */
    private final int[] kept;
    /** Whose the rest of each slot is. */
    private final int[] other;

    WeightedDraw(List<Weighted<C>> candidates) {
        this.candidates = List.copyOf(candidates);
        int count = candidates.size();
        kept = new int[count];
        other = new int[count];
        even = candidates.stream().mapToInt(Weighted::weight).distinct().count() <= 1;
        if (!even) {
            fill();
        }
    }

    private void fill() {
        int count = candidates.size();
        long sum = candidates.stream().mapToLong(Weighted::weight).sum();
        long[] weights = new long[count]; // times n, so that sum is what one slot holds
        int[] light = new int[count];
        int[] heavy = new int[count];
        int lights = 0;
        int heavies = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = (long) candidates.get(i).weight() * count;
            if (weights[i] < sum) {
                light[lights++] = i;
            } else {
                heavy[heavies++] = i;
            }
        }
        while (lights > 0 && heavies > 0) {
            int small = light[--lights];
            int large = heavy[heavies - 1];
            kept[small] = (int) ((double) weights[small] / sum * Integer.MAX_VALUE);
            other[small] = large;
            weights[large] -= sum - weights[small];
            if (weights[large] < sum) {
                heavies--;
                light[lights++] = large;
            }
        }
        while (heavies > 0) {
            int full = heavy[--heavies];
            kept[full] = Integer.MAX_VALUE;
            other[full] = full;
        }
    }

    int size() {
        return candidates.size();
    }

    Weighted<C> at(int index) {
        return candidates.get(index);
    }

    /** The position of a candidate, or -1. */
    int indexOf(C candidate) {
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).candidate().equals(candidate)) {
                return i;
            }
        }
        return NONE;
    }

    /** The position of any that is not excluded, or -1. */
    int draw(Collection<C> excluded, SplittableRandom random) {
        if (candidates.isEmpty()) {
            return NONE;
        }
        if (excluded.isEmpty()) {
            return draw(random);
        }
        for (int i = 0; i < TRIES; i++) {
            int drawn = draw(random);
            if (!excluded.contains(at(drawn).candidate())) {
                return drawn;
            }
        }
        return drawAmongOthers(excluded, random);
    }

    /**
     * The position of another one than the first, or the first again where the others weigh next to nothing: that they are drawn
     * seldom is what their weight asks for.
     */
    int drawAnother(int first, Collection<C> excluded, SplittableRandom random) {
        if (candidates.size() == 1) {
            return first;
        }
        for (int i = 0; i < TRIES; i++) {
            int drawn = draw(random);
            if (drawn != first
                    && (excluded.isEmpty() || !excluded.contains(at(drawn).candidate()))) {
                return drawn;
            }
        }
        return first;
    }

    private int draw(SplittableRandom random) {
        int slot = random.nextInt(candidates.size());
        return even || (random.nextInt() & Integer.MAX_VALUE) < kept[slot] ? slot : other[slot];
    }

    /** Slow and sure. */
    private int drawAmongOthers(Collection<C> excluded, SplittableRandom random) {
        long sum = 0;
        for (Weighted<C> weighted : candidates) {
            sum += excluded.contains(weighted.candidate()) ? 0 : weighted.weight();
        }
        if (sum == 0) {
            return NONE;
        }
        long point = random.nextLong(sum);
        for (int i = 0; i < candidates.size(); i++) {
            point -= excluded.contains(at(i).candidate()) ? 0 : at(i).weight();
            if (point < 0) {
                return i;
            }
        }
        return NONE;
    }

    /** Which share of the draws a candidate gets. */
    double share(int index) {
        return at(index).weight()
                / (double) candidates.stream().mapToLong(Weighted::weight).sum();
    }
}
