package io.proxyd.proxy.route;

import java.util.concurrent.atomic.AtomicIntegerArray;

/** What other threads may know of the {@link Admission} of one service on one event loop, which alone writes; any thread reads. */
final class AdmissionGauges {
    /** For no limit. */
    static final int NONE = Integer.MAX_VALUE;

    private static final int IN_FLIGHT = 0;
    private static final int WAITING = 1;
    private static final int LIMIT = 2;

    private final AtomicIntegerArray values = new AtomicIntegerArray(new int[] {0, 0, NONE});

    void inFlight(int count) {
        values.lazySet(IN_FLIGHT, count);
    }

    void waiting(int count) {
        values.lazySet(WAITING, count);
    }

    void limit(int count) {
        values.lazySet(LIMIT, count);
    }

    int inFlight() {
        return values.get(IN_FLIGHT);
    }

    int waiting() {
        return values.get(WAITING);
    }

    int limit() {
        return values.get(LIMIT);
    }
}
