package io.proxyd.bench.scenario;

import io.proxyd.proxy.balance.Candidate;
import io.proxyd.proxy.balance.Hash64;
import io.proxyd.proxy.balance.Latency;
import java.util.ArrayDeque;
import java.util.Deque;

/** Works at eight requests at once; further ones wait in their order. */
final class SimulatedBackend implements Candidate {
    private static final int WORKERS = 8;

    private final int number;
    private final Latency latency = new Latency();
    private final Deque<Long> waiting = new ArrayDeque<>();
    private int inFlight;
    private int answers;

    SimulatedBackend(int number) {
        this.number = number;
    }

    boolean isFirst() {
        return number == 0;
    }

    /** A request came; true if it is worked at now. */
    boolean begin(long startNanos) {
        inFlight++;
        if (inFlight > WORKERS) {
            waiting.add(startNanos);
            return false;
        }
        return true;
    }

    /** A request is answered; returns when the next one came, or -1. */
    long end(long startNanos, boolean failed, long nowNanos) {
        inFlight--;
        answers++;
        if (failed) {
            latency.failed(nowNanos);
        } else {
            latency.observe(nowNanos - startNanos, nowNanos);
        }
        Long next = waiting.poll();
        return next == null ? -1 : next;
    }

    int answers() {
        return answers;
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public Latency latency() {
        return latency;
    }

    @Override
    public long identity() {
        return Hash64.mix(number + 1);
    }
}
