package io.proxyd.proxy.balance;

import java.util.Collection;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Picks a backend among the candidates it was made for. Immutable but for what it counts; any event loop may use it at any
 * time.
 *
 * @param <C> what is picked
 */
public interface Balancer<C extends Candidate> {
    /**
     * Picks one.
     *
     * @param excluded not to be picked, usually empty
     * @param random the calling event loop's own
     * @return null if all are excluded or there are none
     */
    @Nullable C pick(Collection<C> excluded, SplittableRandom random);
}
