package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Picks a backend among the candidates, and by the weights, that it was made for. Immutable but for what it counts; any event
 * loop may use it at any time. A pick without exclusions allocates nothing.
 *
 * @param <C> what is picked
 */
public interface Balancer<C extends Candidate> {
    /**
     * Picks one.
     *
     * @param hash of what is to be kept at one backend, well mixed; only {@link ConsistentHash} looks at it
     * @param excluded not to be picked, usually empty
     * @param nowNanos as {@link System#nanoTime}
     * @param random the calling event loop's own
     * @return null if all are excluded or there are none
     */
    @Nullable C pick(long hash, Collection<C> excluded, long nowNanos, SplittableRandom random);

    /** What speaks for or against a candidate at the moment; null if it is none of this balancer's. Slow, for people. */
    @Nullable Score score(C candidate, long nowNanos);
}
