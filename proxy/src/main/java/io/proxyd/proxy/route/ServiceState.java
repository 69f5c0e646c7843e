package io.proxyd.proxy.route;

import java.util.concurrent.atomic.AtomicInteger;

/** What outlives a routing table of one service. Any thread. */
public final class ServiceState {
    private final AtomicInteger version = new AtomicInteger();
    private final Failures[] failures;
    private final EjectedShare ejected = new EjectedShare();

    ServiceState(int loops) {
        failures = Failures.perLoop(loops);
    }

    /** Something that decides which backends may be picked has changed. */
    void changed() {
        version.getAndIncrement();
    }

    /** Grows with each such change. */
    int version() {
        return version.get();
    }

    /** Who of its backends may be ejected. */
    EjectedShare ejected() {
        return ejected;
    }

    /** How many ejections did not happen, as too many of its backends were out. */
    public long ejectionsRefused() {
        return ejected.refused();
    }

    /** The failures that one event loop counted. */
    public Failures failures(int loop) {
        return failures[loop];
    }

    /** The failures that each event loop counted. */
    public Failures[] failures() {
        return failures.clone();
    }
}
