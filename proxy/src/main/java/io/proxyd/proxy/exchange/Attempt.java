package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.upstream.ConnectionPool;
import org.jspecify.annotations.Nullable;

/** One try of an exchange against one backend. */
final class Attempt implements ConnectionPool.Waiter {
    private final Exchange exchange;
    private final LiveBackend backend;
    private final long startNanos;
    private @Nullable Upstream upstream;
    private Progress progress = Progress.NOTHING_SENT;

    Attempt(Exchange exchange, LiveBackend backend, long startNanos) {
        this.exchange = exchange;
        this.backend = backend;
        this.startNanos = startNanos;
    }

    LiveBackend backend() {
        return backend;
    }

    /** As {@link System#nanoTime}. */
    long startNanos() {
        return startNanos;
    }

    /** Null until a connection was found or made. */
    @Nullable Upstream upstream() {
        return upstream;
    }

    Progress progress() {
        return progress;
    }

    void sentOn(Upstream connection) {
        upstream = connection;
        progress = Progress.REQUEST_SENT;
    }

    void responseStarted() {
        progress = Progress.RESPONSE_STARTED;
    }

    @Override
    public void onConnected(Upstream connection) {
        exchange.onConnected(this, connection);
    }

    @Override
    public void onConnectFailed(FailureKind kind, String detail) {
        exchange.onConnectFailed(this, new Failure(kind, Progress.NOTHING_SENT, detail));
    }
}
