package io.proxyd.proxy.balance;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A ring on which every candidate has points by its weight; a request goes to the owner of the first point from its hash on
 * (Karger et al. 1997). Who leaves gives away only its own requests, and who comes takes only what becomes its own. An owner that
 * is excluded, or has more than 1.25 times its share of all requests in flight, is passed over for the owner of the next point
 * (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016).
 */
public final class ConsistentHash<C extends Candidate> implements Balancer<C> {
    /** The points of the heaviest: shares are then true to a few percent. */
    private static final int POINTS = 512;

    /** Where there are very many candidates each has fewer, so that the ring is built in milliseconds. */
    private static final int ALL_POINTS = 1 << 17;

    private static final int LEAST_POINTS = 8;

    /** The low bits of a point say whose it is. */
    private static final int OWNER_BITS = 20;

    private static final long OWNER = (1L << OWNER_BITS) - 1;

    private static final double BOUND = 1.25;

    /** So many requests in flight overload nobody: below it they are not worth to be parted. */
    private static final int FREE = 64;

    private final List<Weighted<C>> candidates;
    private final long weights;
    private final long[] ring;
    private volatile long inFlight;
    private volatile long countedNanos;
    private volatile boolean counted;

    /** @param candidates at most a million */
    public ConsistentHash(List<Weighted<C>> candidates) {
        if (candidates.size() > OWNER) {
            throw new IllegalArgumentException(candidates.size() + " candidates, expected at most " + OWNER);
        }
        this.candidates = List.copyOf(candidates);
        this.weights = candidates.stream().mapToLong(Weighted::weight).sum();
        this.ring = ring(this.candidates);
    }

    private static <C extends Candidate> long[] ring(List<Weighted<C>> candidates) {
        int heaviest = candidates.stream().mapToInt(Weighted::weight).max().orElse(1);
        int most = Math.max(LEAST_POINTS, Math.min(POINTS, ALL_POINTS / Math.max(1, candidates.size())));
        int[] points = candidates.stream()
                .mapToInt(c -> (int) Math.max(1, Math.round((double) most * c.weight() / heaviest)))
                .toArray();
        long[] ring = new long[Arrays.stream(points).sum()];
        int end = 0;
        for (int owner = 0; owner < points.length; owner++) {
            long identity = candidates.get(owner).candidate().identity();
            for (int i = 0; i < points[owner]; i++) {
                ring[end++] = (Hash64.mix(identity + i * 0x9e3779b97f4a7c15L) & ~OWNER) | owner;
            }
        }
        Arrays.sort(ring);
        return ring;
    }

    @Override
    public @Nullable C pick(long hash, Collection<C> excluded, long nowNanos, SplittableRandom random) {
        int found = Arrays.binarySearch(ring, hash & ~OWNER);
        int start = found < 0 ? -found - 1 : found;
        C firstLeft = null;
        for (int i = 0; i < ring.length; i++) {
            int at = start + i < ring.length ? start + i : start + i - ring.length;
            Weighted<C> owner = candidates.get((int) (ring[at] & OWNER));
            if (!excluded.isEmpty() && excluded.contains(owner.candidate())) {
                continue;
            }
            if (owner.candidate().inFlight() < FREE || owner.candidate().inFlight() < bound(owner.weight(), nowNanos)) {
                return owner.candidate();
            }
            firstLeft = firstLeft == null ? owner.candidate() : firstLeft;
        }
        return firstLeft;
    }

    /** How many requests may be in flight to a candidate of that weight for it to get another one. */
    private double bound(int weight, long nowNanos) {
        return BOUND * (allInFlight(nowNanos) + 1) * weight / weights;
    }

    /** Counted anew once in a microsecond for each candidate, so that it costs next to nothing however many there are. */
    private long allInFlight(long nowNanos) {
        if (!counted || nowNanos - countedNanos > 1_000L * candidates.size()) {
            long sum = 0;
            for (Weighted<C> weighted : candidates) {
                sum += weighted.candidate().inFlight();
            }
            inFlight = sum;
            countedNanos = nowNanos;
            counted = true;
        }
        return inFlight;
    }

    @Override
    public @Nullable Score score(C candidate, long nowNanos) {
        for (Weighted<C> weighted : candidates) {
            if (weighted.candidate().equals(candidate)) {
                long bound = (long) Math.ceil(Math.max(FREE, bound(weighted.weight(), nowNanos)));
                return new Score(
                        candidate.inFlight(),
                        candidate.inFlight() + " in flight; takes what hashes to it up to " + bound);
            }
        }
        return null;
    }
}
