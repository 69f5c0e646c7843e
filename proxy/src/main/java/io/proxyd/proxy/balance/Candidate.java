package io.proxyd.proxy.balance;

/** What a balancer needs to know of a backend. */
public interface Candidate {
    /** Requests sent to it and not finished, from all event loops. */
    int inFlight();

    /** 1 to 1000. */
    int weight();
}
