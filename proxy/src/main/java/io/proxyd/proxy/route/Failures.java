package io.proxyd.proxy.route;

import io.proxyd.proxy.http.FailureKind;
import java.util.concurrent.atomic.AtomicLongArray;

/** Failed exchanges and retries of one service on one event loop, which alone writes; any thread reads. */
public final class Failures {
    private static final int KINDS = FailureKind.values().length;

    private final AtomicLongArray byKind = new AtomicLongArray(KINDS + 1);

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
        byKind.lazySet(kind.ordinal(), byKind.getPlain(kind.ordinal()) + 1);
    }

    /** A failed attempt is followed by another one. */
    public void retried() {
        byKind.lazySet(KINDS, byKind.getPlain(KINDS) + 1);
    }

    public long failures(FailureKind kind) {
        return byKind.get(kind.ordinal());
    }

    public long retries() {
        return byKind.get(KINDS);
    }
}
