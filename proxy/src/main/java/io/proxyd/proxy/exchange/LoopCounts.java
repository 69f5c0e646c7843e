package io.proxyd.proxy.exchange;

import io.proxyd.proxy.route.Failures;
import java.util.concurrent.atomic.AtomicLongArray;

/** What one event loop counts apart from any service. That loop alone writes; any thread reads. */
public final class LoopCounts {
    private static final int CONNECTIONS = 0;
    private static final int ACCEPTED = 1;
    private static final int EXCHANGES = 2;
    private static final int IDLE_UPSTREAM = 3;
    private static final int UPSTREAM = 4;

    private final AtomicLongArray counts = new AtomicLongArray(UPSTREAM + 1);
    private final Failures unrouted = new Failures();

    public void connectionOpened() {
        add(CONNECTIONS, 1);
        add(ACCEPTED, 1);
    }

    public void connectionClosed() {
        add(CONNECTIONS, -1);
    }

    public void exchangeStarted() {
        add(EXCHANGES, 1);
    }

    public void exchangeEnded() {
        add(EXCHANGES, -1);
    }

    /** Connections of the pools, idle ones and all. */
    public void upstreamConnections(int idle, int all) {
        counts.lazySet(IDLE_UPSTREAM, idle);
        counts.lazySet(UPSTREAM, all);
    }

    /** Downstream connections open now. */
    public long connections() {
        return counts.get(CONNECTIONS);
    }

    /** Downstream connections accepted ever. */
    public long accepted() {
        return counts.get(ACCEPTED);
    }

    /** Exchanges under way now. */
    public long exchanges() {
        return counts.get(EXCHANGES);
    }

    /** Upstream connections that lie idle in the pool. */
    public long idleUpstreamConnections() {
        return counts.get(IDLE_UPSTREAM);
    }

    /** Upstream connections open now. */
    public long upstreamConnections() {
        return counts.get(UPSTREAM);
    }

    /** Requests that failed before a service was found for them. */
    public Failures unrouted() {
        return unrouted;
    }

    private void add(int index, long amount) {
        counts.lazySet(index, counts.getPlain(index) + amount);
    }
}
