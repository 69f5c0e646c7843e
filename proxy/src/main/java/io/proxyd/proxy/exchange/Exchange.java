package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseEvents;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.Failures;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request with its response. The steps stand in the order in which they happen: route, pick, acquire, forward, respond,
 * record; a failed attempt goes back to pick with its backend excluded. All on the event loop that accepted the client.
 */
final class Exchange implements RequestEvents, ResponseEvents {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final Exchanges env;
    private final Downstream downstream;
    private final RequestHead head;
    private final long startNanos = System.nanoTime();
    private @Nullable RequestBody body;
    private @Nullable Service service;
    private @Nullable Attempt attempt;
    /** For the whole exchange; null where that has no limit. */
    private @Nullable Deadline deadline;

    private List<LiveBackend> tried = List.of();
    private int attempts;
    private long backendNanos = -1;
    private int status;
    private long pauseLimitNanos;
    private boolean tunnel;
    private boolean ended;

    Exchange(Exchanges env, Downstream downstream, RequestHead head) {
        this.env = env;
        this.downstream = downstream;
        this.head = head;
    }

    // Route.

    void route() {
        Service found = env.table().get().route(head);
        if (found == null) {
            fail(new Failure(FailureKind.NO_ROUTE, Progress.NOTHING_SENT, "no route matches host and path"));
            return;
        }
        service = found;
        limit(found.config().timeouts().exchange());
        if (head.framing() != Framing.NONE) {
            body = new RequestBody(found.config().retries().bodyBytes());
            if (head.framing() == Framing.CHUNKED) {
                downstream.deliverRawChunks();
            }
        }
        if (!pick(found)) {
            fail(new Failure(
                    FailureKind.NO_BACKEND, Progress.NOTHING_SENT, "service " + found.name() + " has no backend"));
        }
    }

    /** @param whole zero means without limit */
    private void limit(Duration whole) {
        if (!whole.isZero()) {
            deadline = new Deadline(
                    () -> onRequestFailed(FailureKind.EXCHANGE_TIMEOUT, "the exchange took longer than it may"));
            env.loop().wheel().arm(deadline, startNanos, whole.toNanos());
        }
    }

    private void forgetLimit() {
        if (deadline != null) {
            env.loop().wheel().forget(deadline);
        }
    }

    // Pick.

    /** Starts an attempt against a backend that was not tried yet; false if there is none. */
    private boolean pick(Service from) {
        LiveBackend backend =
                from.pick(head, tried, System.nanoTime(), env.loop().random());
        if (backend == null) {
            return false;
        }
        acquire(from, backend, env.pool().acquire(backend));
        return true;
    }

    // Acquire.

    /** @param idle a connection to use; null opens one */
    private void acquire(Service from, LiveBackend backend, @Nullable Upstream idle) {
        Attempt next = new Attempt(this, backend, System.nanoTime());
        attempt = next;
        attempts++;
        backend.attemptStarted();
        if (idle != null) {
            forward(from, next, idle);
        } else {
            env.pool().connect(backend, from.config(), next);
        }
    }

    void onConnected(Attempt connected, Upstream upstream) {
        connected.backend().connected();
        traffic(connected).connected();
        Service from = service;
        if (attempt != connected || from == null) {
            upstream.cancel(); // the client went away meanwhile
            return;
        }
        forward(from, connected, upstream);
    }

    void onConnectFailed(Attempt failed, Failure failure) {
        LiveBackend backend = failed.backend();
        traffic(failed).connectFailed();
        if (backend.connectFailed(System.nanoTime(), env.clock().instant())) {
            LOG.warn("{} ({}) is ejected: {}", backend, backend.address(), failure.detail());
        }
        if (attempt == failed) {
            attemptFailed(failure);
        }
    }

    // Forward.

    private void forward(Service from, Attempt current, Upstream upstream) {
        current.sentOn(upstream);
        upstream.send(head, this);
        RequestBody parts = body;
        if (parts == null) {
            upstream.sendEnd();
            upstream.timeoutAfter(from.config().timeouts().responseHead().toNanos());
            return;
        }
        parts.sendTo(upstream);
        upstream.flush();
        paceRequest(upstream);
    }

    @Override
    public void onRequestBody(ByteBuf part) {
        RequestBody parts = body;
        if (ended || parts == null) {
            part.release();
            return;
        }
        parts.add(part);
        Upstream upstream = upstream();
        if (upstream == null) {
            downstream.readRequest(false); // until there is a connection
        } else {
            parts.sendTo(upstream);
            paceRequest(upstream);
        }
    }

    @Override
    public void onRequestEnd() {
        RequestBody parts = body;
        if (ended || parts == null) {
            return;
        }
        parts.end();
        Upstream upstream = upstream();
        if (upstream != null) {
            parts.sendTo(upstream);
            paceRequest(upstream);
        }
    }

    @Override
    public void onRequestReadComplete() {
        Upstream upstream = upstream();
        if (upstream != null && body != null) {
            upstream.flush();
        }
    }

    @Override
    public void onUpstreamWritabilityChanged() {
        Upstream upstream = upstream();
        if (upstream != null) {
            paceRequest(upstream);
        }
    }

    /** The client is read as fast as the backend takes; the backend's time to answer does not run while it is the client's turn. */
    private void paceRequest(Upstream upstream) {
        boolean writable = upstream.isWritable();
        downstream.readRequest(writable);
        Service from = service;
        RequestBody parts = body;
        if (tunnel) {
            upstream.timeoutAfter(pauseLimitNanos);
        } else if (status == 0 && from != null && parts != null) {
            boolean clientsTurn = writable && !parts.ended() && (parts.begun() || !head.expectContinue());
            upstream.timeoutAfter(
                    clientsTurn ? 0 : from.config().timeouts().responseHead().toNanos());
        }
    }

    // Respond.

    @Override
    public void onInterim(ResponseHead interim) {
        downstream.sendInterim(interim);
        paceResponse();
    }

    @Override
    public void onResponseHead(ResponseHead response) {
        Attempt current = attempt;
        Upstream upstream = upstream();
        Service from = service;
        if (current == null || upstream == null || from == null) {
            return;
        }
        status = response.status();
        backendNanos = System.nanoTime() - current.startNanos();
        current.responseStarted();
        if (body != null) {
            body.stopKeeping();
        }
        boolean raw =
                response.framing() == Framing.CHUNKED && upstream.passesRawChunks() && downstream.takesRawChunks();
        if (raw) {
            upstream.deliverRawChunks();
        }
        downstream.sendHead(response, raw);
        tunnel = response.switchesProtocols();
        ServiceConfig.Timeouts timeouts = from.config().timeouts();
        pauseLimitNanos = (tunnel ? timeouts.tunnelIdle() : timeouts.responseBody()).toNanos();
        upstream.timeoutAfter(pauseLimitNanos);
        if (tunnel) {
            forgetLimit();
            body = new RequestBody(0);
            downstream.beginTunnel();
        }
    }

    @Override
    public void onResponseBody(ByteBuf part) {
        downstream.sendBody(part);
        paceResponse();
    }

    @Override
    public void onResponseReadComplete() {
        if (status != 0) {
            downstream.flush();
        }
    }

    @Override
    public void onDownstreamWritabilityChanged() {
        paceResponse();
    }

    /** The backend is read as fast as the client takes, and need not hurry more than the client does. */
    private void paceResponse() {
        Upstream upstream = upstream();
        if (upstream == null) {
            return;
        }
        boolean writable = downstream.isWritable();
        upstream.readResponse(writable);
        if (status != 0) {
            upstream.timeoutAfter(writable ? pauseLimitNanos : 0);
        }
    }

    @Override
    public void onResponseEnd() {
        Attempt last = endAttempt();
        if (last == null) {
            return;
        }
        traffic(last).responded(status, System.nanoTime() - startNanos);
        record(last, null);
        downstream.sendEnd();
    }

    // Failures.

    @Override
    public void onResponseFailed(FailureKind kind, String detail) {
        Attempt current = attempt;
        if (current != null) {
            attemptFailed(new Failure(kind, current.progress(), detail));
        }
    }

    @Override
    public void onResponseTimeout() {
        Attempt current = attempt;
        Upstream upstream = upstream();
        if (current == null || upstream == null) {
            return;
        }
        upstream.cancel();
        attemptFailed(late(current.progress()));
    }

    private Failure late(Progress progress) {
        if (status == 0) {
            return new Failure(FailureKind.RESPONSE_HEAD_TIMEOUT, progress, "no response head in time");
        }
        return tunnel
                ? new Failure(FailureKind.TUNNEL_IDLE, progress, "neither side of the tunnel sent anything")
                : new Failure(FailureKind.RESPONSE_BODY_TIMEOUT, progress, "the response body stalled");
    }

    private void attemptFailed(Failure failure) {
        Attempt failed = endAttempt();
        Service from = service;
        if (failed == null || from == null) {
            return;
        }
        traffic(failed).attemptFailed();
        boolean bodyAtHand = body == null || body.atHand();
        boolean again = RetryRules.again(
                failure,
                head.method(),
                bodyAtHand,
                attempts,
                from.config().retries().attempts());
        if (!again || !tryAgain(from, failed)) {
            fail(failed, failure);
        }
    }

    /** Another backend; if there is none, the same one on a new connection, provided that the old one had lain idle. */
    private boolean tryAgain(Service from, Attempt failed) {
        if (tried.isEmpty()) {
            tried = new ArrayList<>(2);
        }
        tried.add(failed.backend());
        if (body != null) {
            body.rewind();
        }
        Upstream upstream = failed.upstream();
        boolean stale = upstream != null && upstream.reused();
        if (pick(from)) {
            failures(from).retried();
            return true;
        }
        if (stale) {
            failures(from).retried();
            acquire(from, failed.backend(), null);
        }
        return stale;
    }

    @Override
    public void onRequestFailed(FailureKind kind, String detail) {
        Upstream upstream = upstream();
        Attempt current = endAttempt();
        if (upstream != null) {
            upstream.cancel();
        }
        if (!ended) {
            Progress progress = current == null ? Progress.NOTHING_SENT : current.progress();
            fail(current, new Failure(kind, progress, detail));
        }
    }

    private void fail(Failure failure) {
        fail(null, failure);
    }

    /** @param last the last attempt, null if none was made */
    private void fail(@Nullable Attempt last, Failure failure) {
        FailureKind kind = failure.kind();
        Service from = service;
        (from == null ? env.counts().unrouted() : failures(from)).failed(kind);
        if (kind == FailureKind.INTERNAL) {
            LOG.error("exchange failed by a bug: {}", failure.detail());
        }
        boolean started = status != 0 && !downstream.retract();
        if (!started) {
            status = kind.status();
        }
        record(last, failure);
        if (started) {
            downstream.abort();
        } else {
            downstream.sendFailure(kind, failure.detail());
        }
    }

    // Record.

    /** Comes before the last byte is handed over, as the head may then be used for the next request at once. */
    private void record(@Nullable Attempt last, @Nullable Failure failure) {
        ended = true;
        forgetLimit();
        if (body != null) {
            body.release();
        }
        env.counts().exchangeEnded();
        if (!env.log().enabled()) {
            return;
        }
        long durationNanos = System.nanoTime() - startNanos;
        env.log()
                .record(ExchangeRecords.ended(
                        env.clock().instant().minusNanos(durationNanos),
                        downstream,
                        head,
                        status,
                        service == null ? null : service.name(),
                        last == null ? null : last.backend().key().id(),
                        attempts,
                        durationNanos,
                        backendNanos,
                        failure));
    }

    /** Lets the current attempt go, if there is one, and returns it. */
    private @Nullable Attempt endAttempt() {
        Attempt current = attempt;
        attempt = null;
        if (current != null) {
            current.backend().attemptEnded();
        }
        return current;
    }

    private @Nullable Upstream upstream() {
        return attempt == null ? null : attempt.upstream();
    }

    private Traffic traffic(Attempt of) {
        return of.backend().traffic(env.loop().index());
    }

    private Failures failures(Service of) {
        return of.state().failures(env.loop().index());
    }
}
