package io.proxyd.proxy.balance;

/**
 * What a balancer would go by if a candidate came up for a pick now; for people.
 *
 * @param value in the unit that the words name
 * @param words how it comes about, such as {@code latency 3.1 ms × (2 in flight + 1) / weight 100, in ms; lower is better}
 */
public record Score(double value, String words) {}
