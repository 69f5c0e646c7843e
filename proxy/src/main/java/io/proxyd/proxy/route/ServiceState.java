package io.proxyd.proxy.route;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What outlives a routing table of one service. Any thread. */
public final class ServiceState {
    private final AtomicInteger version = new AtomicInteger();
    private final EjectedShare ejected = new EjectedShare();
    private final ServiceLoop[] loops;
    private volatile List<LiveBackend> lastUp = List.of();

    ServiceState(int count) {
        loops = new ServiceLoop[count];
        for (int i = 0; i < count; i++) {
            loops[i] = new ServiceLoop(count);
        }
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

    /** Who of its backends may be ejected. */
    EjectedShare ejected() {
        return ejected;
    }

    /** How many ejections did not happen, as too many of its backends were out. */
    public long ejectionsRefused() {
        return ejected.refused();
    }

    /** What one event loop knows of the service; for that loop. */
    public ServiceLoop loop(int index) {
        return loops[index];
    }

    /** How many requests are in and wait. */
    public AdmissionReading admission() {
        return AdmissionReading.of(loops);
    }

    /** Where the time went, by event loop. */
    public List<RequestTimes> times() {
        return Arrays.stream(loops).map(ServiceLoop::times).toList();
    }

    /** The failures that each event loop counted. */
    public Failures[] failures() {
        return Arrays.stream(loops).map(ServiceLoop::failures).toArray(Failures[]::new);
    }
}
