package io.proxyd.proxy.balance;

/**
 * A candidate with the weight that counts at the moment. Only the ratio of weights matters.
 *
 * @param weight at least 1; a lower one, as when a registration has just set it to 0, counts as 1
 */
public record Weighted<C>(C candidate, int weight) {
    public Weighted {
        weight = Math.max(1, weight);
    }
}
