package io.proxyd.proxy.balance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A candidate whose load the test sets. */
final class TestCandidate implements Candidate {
    private final String name;
    private final int weight;
    private final Latency latency = new Latency();
    private final AtomicInteger inFlight = new AtomicInteger();

    TestCandidate(String name, int weight) {
        this.name = name;
        this.weight = weight;
    }

    /** One of each weight, named a, b, c and so on. */
    static List<TestCandidate> ofWeights(int... weights) {
        List<TestCandidate> candidates = new ArrayList<>();
        for (int weight : weights) {
            candidates.add(new TestCandidate(String.valueOf((char) ('a' + candidates.size())), weight));
        }
        return candidates;
    }

    static List<Weighted<TestCandidate>> weighted(List<TestCandidate> candidates) {
        return candidates.stream().map(c -> new Weighted<>(c, c.weight)).toList();
    }

    TestCandidate load(int requests) {
        inFlight.set(requests);
        return this;
    }

    void begin() {
        inFlight.incrementAndGet();
    }

    void end() {
        inFlight.decrementAndGet();
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public Latency latency() {
        return latency;
    }

    @Override
    public long identity() {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return Hash64.of(text, 0, text.length);
    }

    int weight() {
        return weight;
    }

    @Override
    public String toString() {
        return name;
    }
}
