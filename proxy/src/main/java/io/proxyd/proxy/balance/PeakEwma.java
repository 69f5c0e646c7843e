package io.proxyd.proxy.balance;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Of two random choices the one where the request is expected to be answered sooner: {@link Latency} × (in flight + 1) / weight
 * (the peak EWMA balancer of Twitter's Finagle). Where two latencies are alike, what is in flight decides alone, as otherwise
 * the one that is faster by a hair would get all requests of a quiet service.
 */
public final class PeakEwma<C extends Candidate> extends TwoChoices<C> {
    /** Two latencies are alike if neither is more than this many times the other. */
    private static final double ALIKE = 2;

    /** Added to each latency before they are compared: so much the network and two schedulers take at any time. */
    private static final double NOISE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    public PeakEwma(List<Weighted<C>> candidates) {
        super(candidates);
    }

    @Override
    boolean suffices(C first) {
        return false;
    }

    @Override
    boolean isBetter(Weighted<C> second, Weighted<C> first, long nowNanos) {
        int firstInFlight = first.candidate().inFlight();
        int secondInFlight = second.candidate().inFlight();
        double firstNanos = first.candidate().latency().expectedNanos(firstInFlight, nowNanos) + NOISE_NANOS;
        double secondNanos = second.candidate().latency().expectedNanos(secondInFlight, nowNanos) + NOISE_NANOS;
        if (firstNanos <= ALIKE * secondNanos && secondNanos <= ALIKE * firstNanos) {
            return (long) secondInFlight * first.weight() < (long) firstInFlight * second.weight();
        }
        return secondNanos * (secondInFlight + 1) * first.weight() < firstNanos * (firstInFlight + 1) * second.weight();
    }

    @Override
    C picked(C candidate, long nowNanos) {
        candidate.latency().tried(nowNanos);
        return candidate;
    }

    @Override
    Score score(Weighted<C> weighted, long nowNanos) {
        C candidate = weighted.candidate();
        int inFlight = candidate.inFlight();
        if (!candidate.latency().known()) {
            String words = "latency not known yet, " + inFlight + " in flight; ";
            return inFlight == 0
                    ? new Score(0, words + "it is tried")
                    : new Score(Double.MAX_VALUE, words + "it is spared until it has answered");
        }
        double millis = candidate.latency().expectedNanos(inFlight, nowNanos) / TimeUnit.MILLISECONDS.toNanos(1);
        return new Score(
                millis * (inFlight + 1) / weighted.weight(),
                String.format(
                        Locale.ROOT,
                        "latency %.2f ms × (%d in flight + 1) / weight %d, in ms; lower is better",
                        millis,
                        inFlight,
                        weighted.weight()));
    }
}
