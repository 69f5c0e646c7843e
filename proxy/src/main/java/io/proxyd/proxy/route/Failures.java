package io.proxyd.proxy.route;

import io.proxyd.proxy.http.FailureKind;
import java.util.concurrent.atomic.AtomicLongArray;

/** Failed exchanges and retries of one service on one event loop, which alone writes; any thread reads. */
public final class Failures {
    private static final int KINDS = FailureKind.values().length;

    private static final int RETRIES = KINDS;
    private static final int HEDGES = KINDS + 1;
    private static final int REFUSED = KINDS + 2;
    private static final int FALLBACKS = KINDS + 3;

    private final AtomicLongArray byKind = new AtomicLongArray(KINDS + 4);

    /** One for each event loop. */
    public static Failures[] perLoop(int loops) {
        Failures[] failures = new Failures[loops];
        for (int i = 0; i < loops; i++) {
            failures[i] = new Failures();
        }
        return failures;
    }

    /** An exchange failed. */
    public void failed(FailureKind kind) {
        add(kind.ordinal());
    }

    /** A failed attempt is followed by another one. */
    public void retried() {
        add(RETRIES);
    }

    /** A second attempt is made beside one that takes long. */
    public void hedged() {
        add(HEDGES);
    }

    /** A further attempt was not made, as the retry budget was spent. */
    public void refusedByBudget() {
        add(REFUSED);
    }

    /** The fallback service is asked instead. */
    public void fellBack() {
        add(FALLBACKS);
    }

    public long failures(FailureKind kind) {
        return byKind.get(kind.ordinal());
    }

    public long retries() {
        return byKind.get(RETRIES);
    }

    public long hedges() {
        return byKind.get(HEDGES);
    }

    public long refusalsByBudget() {
        return byKind.get(REFUSED);
    }

    public long fallbacks() {
        return byKind.get(FALLBACKS);
    }

    private void add(int index) {
        byKind.lazySet(index, byKind.getPlain(index) + 1);
    }
}
