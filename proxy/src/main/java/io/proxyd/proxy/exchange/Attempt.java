package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.ResponseEvents;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.upstream.ConnectionPool;
import org.jspecify.annotations.Nullable;

/**
 * One try of an exchange against one backend: passes on what happens on its connection, until the exchange drops it. On the event
 * loop of the exchange.
 */
final class Attempt implements ConnectionPool.Waiter, ResponseEvents {
    /** A dropped response is read to its end up to this size, as its connection is worth more than that. */
    private static final int DRAINED_BYTES = 64 * 1024;

    private final Exchange exchange;
    private final LiveBackend backend;
    private final long startNanos;
    /** Null once its end was told. */
    private @Nullable AttemptTrace trace;

    private @Nullable Upstream upstream;
    private @Nullable Deadline connectLate;
    private Progress progress = Progress.NOTHING_SENT;
    private boolean late;
    private boolean dropped;
    private boolean ended;
    private int drained;

    /** The next one of the same exchange that is under way; kept by {@link Attempts}. */
    @Nullable Attempt next;

    /** @param trace where it is told of; null for nowhere */
    Attempt(Exchange exchange, LiveBackend backend, long startNanos, @Nullable AttemptTrace trace) {
        this.exchange = exchange;
        this.backend = backend;
        this.startNanos = startNanos;
        this.trace = trace;
        backend.attemptStarted();
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

    /** Nothing of the response has left after all. */
    void responseTakenBack() {
        progress = Progress.REQUEST_SENT;
    }

    /** @param deadline of the connect, forgotten once that is over */
    void connectLate(Deadline deadline) {
        connectLate = deadline;
    }

    /** Whether this is the first time that it is found to be late. */
    boolean becomesLate() {
        boolean first = !late;
        late = true;
        return first;
    }

    /** It is over for its backend; may be said twice. */
    void end() {
        if (!ended) {
            ended = true;
            backend.attemptEnded();
        }
    }

    boolean dropped() {
        return dropped;
    }

    // What is told of it.

    void connectedAt(long nowNanos) {
        if (trace != null) {
            trace.connected(nowNanos);
        }
    }

    void answeredAt(int status, long nowNanos) {
        if (trace != null) {
            trace.answered(status, nowNanos);
        }
    }

    /** Tells its end; what is told after that does not count, as the exchange may be over. */
    void endsAs(AttemptTrace.Outcome outcome, @Nullable Failure failure, long nowNanos) {
        if (trace != null) {
            trace.ended(outcome, failure, nowNanos);
            trace = null;
        }
    }

    /**
     * The exchange does not want its answer any more. One that still connects goes on, and its connection is kept for others; one
     * whose request was sent is cut.
     */
    void cancel() {
        dropped = true;
        if (trace != null) {
            endsAs(AttemptTrace.Outcome.CANCELLED, null, System.nanoTime());
        }
        end();
        if (upstream != null) {
            upstream.cancel();
        }
    }

    /** The exchange does not want the response that has begun; its connection is worth to be kept if it is short. */
    void drain(long limitNanos) {
        dropped = true;
        if (upstream != null) {
            upstream.lateAfter(0);
            upstream.timeoutAfter(limitNanos);
        }
    }

    // The connection.

    @Override
    public void onConnected(Upstream connection) {
        exchange.forget(connectLate);
        exchange.onConnected(this, connection);
    }

    @Override
    public void onConnectFailed(FailureKind kind, String detail) {
        exchange.forget(connectLate);
        exchange.onConnectFailed(this, new Failure(kind, Progress.NOTHING_SENT, detail));
    }

    @Override
    public void onFreed(Upstream connection) {
        exchange.onFreed(this, connection);
    }

    @Override
    public void onNoneFreed(String detail) {
        exchange.onNoneFreed(this, new Failure(FailureKind.OVERLOADED, Progress.NOTHING_SENT, detail));
    }

    // The response.

    @Override
    public void onInterim(ResponseHead head) {
        if (!dropped) {
            exchange.onInterim(this, head);
        }
    }

    @Override
    public void onResponseHead(ResponseHead head) {
        if (!dropped) {
            exchange.onResponseHead(this, head);
        }
    }

    @Override
    public void onResponseBody(ByteBuf part) {
        if (!dropped) {
            exchange.onResponseBody(this, part);
            return;
        }
        drained += part.readableBytes();
        part.release();
        if (drained > DRAINED_BYTES) {
            cancel();
        }
    }

    @Override
    public void onResponseEnd() {
        if (dropped) {
            end();
        } else {
            exchange.onResponseEnd(this);
        }
    }

    @Override
    public void onResponseReadComplete() {
        if (!dropped) {
            exchange.onResponseReadComplete(this);
        }
    }

    @Override
    public void onUpstreamWritabilityChanged() {
        if (!dropped) {
            exchange.onUpstreamWritabilityChanged(this);
        }
    }

    @Override
    public void onLate() {
        if (!dropped) {
            exchange.onLate(this);
        }
    }

    @Override
    public void onResponseTimeout() {
        if (dropped) {
            cancel();
        } else {
            exchange.onResponseTimeout(this);
        }
    }

    @Override
    public void onResponseFailed(FailureKind kind, String detail) {
        if (dropped) {
            end();
        } else {
            exchange.onResponseFailed(this, kind, detail);
        }
    }
}
