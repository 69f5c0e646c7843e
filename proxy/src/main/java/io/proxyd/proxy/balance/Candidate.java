package io.proxyd.proxy.balance;

/** What a balancer needs to know of a backend. */
public interface Candidate {
    /** Requests sent to it and not finished, from all event loops. */
    int inFlight();

    /** How fast it answers. */
    Latency latency();

    /** A well mixed number that is the same for this backend after a restart and in every proxy. */
    long identity();
}
