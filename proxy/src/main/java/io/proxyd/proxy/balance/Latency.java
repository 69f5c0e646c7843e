package io.proxyd.proxy.balance;

/** How long a backend takes to answer, as a moving average that rises at once and falls slowly. Any thread. */
public final class Latency {
    /**
     * An attempt was answered, or given up because it took so long.
     *
     * @param nanos from its start to the head of its response, or until it was given up
     * @param nowNanos as {@link System#nanoTime}
     */
    public void observe(long nanos, long nowNanos) {}
}
