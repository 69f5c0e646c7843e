package io.proxyd.proxy.route;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What outlives a routing table of one service. Any thread. */
public final class ServiceState {
    private final AtomicInteger version = new AtomicInteger();
    private final Failures[] failures;
    private volatile List<LiveBackend> lastUp = List.of();

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

    /** Who was up when it was last no panic. */
    List<LiveBackend> lastUp() {
        return lastUp;
    }

    void lastUp(List<LiveBackend> backends) {
        lastUp = backends;
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
