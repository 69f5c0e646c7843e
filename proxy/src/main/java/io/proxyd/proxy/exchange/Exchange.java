package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Route;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.ServiceLoop;
import io.proxyd.proxy.route.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request with its response. The steps stand in the order in which they happen: route, pick, acquire, forward, respond,
 * record; after an attempt that failed, and beside one that is late, there is another pick with its backend excluded. All on the
 * event loop that accepted the client.
 */
final class Exchange implements RequestEvents {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final byte[] NOTHING = {};

    private final Exchanges env;
    private final Downstream downstream;
    private final RequestHead head;
    private final long startNanos = System.nanoTime();
    private final Attempts attempts = new Attempts();
    private final Trace trace;
    private @Nullable RequestBody body;
    private @Nullable Service service;
    /** The service that the request was for, once another one stands in for it. */
    private @Nullable Service replaced;

    private int attemptsBefore;
    /** The attempt whose response the client gets; null until there is one. */
    private @Nullable Attempt answering;
    /** For the whole exchange; null where that has no limit. */
    private @Nullable Deadline deadline;

    /** Its stay with the service; null before it was routed. */
    private @Nullable Turn turn;

    private long backendNanos = -1;
    private int status;
    private long pauseLimitNanos;
    private final HeldResponse held = new HeldResponse();
    private boolean tunnel;
    private boolean ended;

    /** Its neighbours among the exchanges of the event loop; kept by {@link Underway}. */
    @Nullable Exchange previous;

    @Nullable Exchange next;

    Exchange(Exchanges env, Downstream downstream, RequestHead head) {
        this.env = env;
        this.downstream = downstream;
        this.head = head;
        this.trace = env.traces().begin(head, startNanos);
    }

    /** What is remembered of it. */
    Trace trace() {
        return trace;
    }

    // Route.

    void route() {
        if (shed()) {
            return;
        }
        Route route = env.table().get().route(head);
        if (route == null) {
            fail(null, new Failure(FailureKind.NO_ROUTE, Progress.NOTHING_SENT, "no route matches host and path"));
            return;
        }
        Service found = route.service();
        service = found;
        trace.routed(route.config());
        known(found).budget().requested(startNanos);
        limit(found.config().timeouts().exchange());
        if (head.framing() != Framing.NONE) {
            body = new RequestBody(found.config().retries().bodyBytes());
            if (head.framing() == Framing.CHUNKED) {
                downstream.deliverRawChunks();
            }
        }
        enter(found, route.urgent(), startNanos);
    }

    /** Where memory runs short, this exchange ends rather than take more of it: without memory all would end. */
    private boolean shed() {
        if (!env.memoryShort()) {
            return false;
        }
        downstream.endConnection();
        onRequestFailed(FailureKind.OVERLOADED, "proxyd itself is short of memory");
        return true;
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

    // Admit.

    private void enter(Service from, boolean urgent, long nowNanos) {
        Turn taken = new Turn(this, env.loop(), from);
        turn = taken;
        taken.take(urgent, nowNanos);
    }

    private void leave(long nowNanos) {
        if (turn != null) {
            turn.end(backendNanos, nowNanos);
        }
    }

    /** It was let in: the first attempt may be made. */
    void begin(Service from, long nowNanos) {
        trace.leavesQueue(nowNanos);
        LiveBackend backend = pick(from, nowNanos);
        if (backend != null) {
            acquire(from, backend, env.pool().acquire(backend), nowNanos, Launch.FIRST);
        } else if (from.full(nowNanos)) {
            turnAway();
        } else if (!fallBack(from, nowNanos)) {
            String detail = "service " + from.name() + " has no backend";
            fail(null, new Failure(FailureKind.NO_BACKEND, Progress.NOTHING_SENT, detail));
        }
    }

    /** Asks the service that stands in for this one, once for each request; false if there is none. */
    private boolean fallBack(Service from, long nowNanos) {
        Service other = replaced == null ? env.table().get().fallback(from) : null;
        if (other == null) {
            return false;
        }
        known(from).failures().fellBack();
        leave(nowNanos);
        replaced = from;
        service = other;
        attemptsBefore = attempts.made();
        if (body != null) {
            body.rewind();
        }
        known(other).budget().requested(nowNanos);
        enter(other, false, nowNanos);
        return true;
    }

    void turnAway() {
        Service from = service;
        if (from != null) {
            String detail = "service " + from.name() + " has more requests than it can take";
            fail(null, new Failure(FailureKind.OVERLOADED, Progress.NOTHING_SENT, detail));
        }
    }

    // Pick.

    /** A backend that was not tried yet, if possible one with a connection for it; null if there is none. */
    @Nullable LiveBackend pick(Service from, long nowNanos) {
        LiveBackend picked =
                from.pick(head, attempts.tried(), nowNanos, env.loop().random());
        if (picked == null || env.pool().hasRoom(picked, from.config())) {
            return picked;
        }
        List<LiveBackend> passed = new ArrayList<>(attempts.tried());
        LiveBackend other = picked;
        while (other != null && !env.pool().hasRoom(other, from.config())) {
            passed.add(other);
            other = from.pick(head, passed, nowNanos, env.loop().random());
        }
        return other == null ? picked : other;
    }

    // Acquire.

    /**
     * Starts an attempt.
     *
     * @param idle a connection to use; null opens one
     */
    private void acquire(Service from, LiveBackend backend, @Nullable Upstream idle, long nowNanos, Launch why) {
        AttemptTrace told = trace.attempt(backend.key().id(), why, nowNanos, idle != null);
        Attempt attempt = new Attempt(this, backend, nowNanos, told);
        attempts.add(attempt);
        if (idle != null) {
            forward(from, attempt, idle);
            return;
        }
        trace.waits(nowNanos);
        if (env.pool().hasRoom(backend, from.config())) {
            Deadline late = new Deadline(() -> onLate(attempt));
            attempt.connectLate(late);
            env.loop().fineWheel().arm(late, nowNanos, HedgeRules.lateConnectNanos(known(from)));
        }
        env.pool().connect(backend, from.config(), attempt);
    }

    /** Starts a further attempt, which sends the body from its beginning. */
    void acquireAgain(Service from, LiveBackend backend, @Nullable Upstream idle, long nowNanos, Launch why) {
        if (body != null) {
            body.rewind();
        }
        acquire(from, backend, idle, nowNanos, why);
    }

    void forget(@Nullable Deadline late) {
        if (late != null) {
            env.loop().fineWheel().forget(late);
        }
    }

    void onConnected(Attempt connected, Upstream upstream) {
        connected.backend().connected();
        traffic(connected).connected();
        Service from = service;
        if (from == null) {
            throw new IllegalStateException("an attempt without a service");
        }
        long nowNanos = System.nanoTime();
        known(from).connects().add(nowNanos - connected.startNanos());
        onFreed(connected, upstream);
    }

    /** A connection that others had used was waited for and has come. */
    void onFreed(Attempt connected, Upstream upstream) {
        Service from = service;
        if (from == null) {
            throw new IllegalStateException("an attempt without a service");
        }
        long nowNanos = System.nanoTime();
        connected.connectedAt(nowNanos);
        if (connected.dropped() || !maySend(from)) {
            attempts.remove(connected);
            connected.endsAs(AttemptTrace.Outcome.NOT_NEEDED, null, nowNanos);
            connected.end();
            upstream.release();
            return;
        }
        forward(from, connected, upstream);
    }

    /** Whether a connection that has come about is to be used: not if the request went another way meanwhile, unless as a hedge. */
    private boolean maySend(Service from) {
        return attempts.upstream() == null || hedgeable(from);
    }

    private boolean hedgeable(Service from) {
        return body == null
                && further().mayRepeat(head, from)
                && (answering == null || held.active())
                && !head.webSocket();
    }

    void onConnectFailed(Attempt failed, Failure failure) {
        traffic(failed).connectFailed();
        failed.backend().connectFailed(System.nanoTime(), env.clock().instant());
        if (failed.dropped()) {
            failed.end();
        } else {
            attemptFailed(failed, failure);
        }
    }

    void onNoneFreed(Attempt failed, Failure failure) {
        if (failed.dropped()) {
            failed.end();
        } else {
            attemptFailed(failed, failure);
        }
    }

    // Forward.

    private void forward(Service from, Attempt attempt, Upstream upstream) {
        attempt.sentOn(upstream);
        upstream.send(head, attempt);
        RequestBody parts = body;
        if (parts == null) {
            upstream.sendEnd();
            awaitHead(from, upstream);
        } else {
            parts.sendTo(upstream);
            upstream.flush();
            paceRequest(upstream);
        }
        if (!ended && !trace.waiting()) {
            trace.waits(System.nanoTime());
        }
    }

    /** From now on it is the backend's turn. */
    private void awaitHead(Service from, Upstream upstream) {
        upstream.timeoutAfter(from.config().timeouts().responseHead().toNanos());
        upstream.lateAfter(lateNanos(from));
    }

    private long lateNanos(Service from) {
        ServiceConfig.Hedging rule = from.config().hedging();
        return body == null ? HedgeRules.lateNanos(rule, known(from)) : HedgeRules.lateWithBodyNanos(rule, known(from));
    }

    @Override
    public void onRequestBody(ByteBuf part) {
        RequestBody parts = body;
        if (ended || parts == null) {
            part.release();
            return;
        }
        if (shed()) {
            part.release();
            return;
        }
        parts.add(part);
        Upstream upstream = attempts.upstream();
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
        Upstream upstream = attempts.upstream();
        if (upstream != null) {
            parts.sendTo(upstream);
            paceRequest(upstream);
        }
    }

    @Override
    public void onRequestReadComplete() {
        Upstream upstream = attempts.upstream();
        if (upstream != null && body != null) {
            upstream.flush();
        }
    }

    void onUpstreamWritabilityChanged(Attempt attempt) {
        Upstream upstream = attempt.upstream();
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
            if (clientsTurn) {
                upstream.timeoutAfter(0);
                upstream.lateAfter(0);
            } else {
                awaitHead(from, upstream);
            }
        }
    }

    // Late.

    private FurtherAttempts further() {
        return env.further();
    }

    RequestHead head() {
        return head;
    }

    /** Null for a request without one. */
    @Nullable RequestBody body() {
        return body;
    }

    Attempts attempts() {
        return attempts;
    }

    /** How many attempts its service has made; those of one that it fell back from do not count. */
    int attemptsOfService() {
        return attempts.made() - attemptsBefore;
    }

    /** The health check has convicted a backend. */
    void onConvicted(LiveBackend backend) {
        Attempt waiting = attempts.waitingFor(backend);
        if (waiting != null && service != null && answering == null && attempts.only() != null) {
            further().afterConviction(this, service, waiting);
        }
    }

    /** An attempt takes longer than is usual: its backend loses trust, and perhaps another one is asked as well. */
    void onLate(Attempt late) {
        Service from = service;
        if (ended || late.dropped() || from == null) {
            return;
        }
        long nowNanos = System.nanoTime();
        if (answering != null) {
            if (late == answering) {
                onHeldLong(from, late, nowNanos);
            }
            return;
        }
        if (late.becomesLate()) {
            late.backend().late(late.startNanos(), nowNanos);
        }
        Upstream upstream = late.upstream();
        if (!further().hedge(this, from, late, nowNanos)
                && upstream != null
                && !known(from).budget().allows(from.config().retries(), nowNanos)) {
            upstream.lateAfter(lateNanos(from)); // the budget may allow it then
        }
    }

    /** The held response stalls: first it is looked for elsewhere, then the client gets what there is. */
    private void onHeldLong(Service from, Attempt current, long nowNanos) {
        if (!held.active()) {
            return;
        }
        Upstream upstream = current.upstream();
        boolean elsewhere =
                held.stalls() && (attempts.only() == null || further().hedge(this, from, current, nowNanos));
        if (elsewhere && upstream != null) {
            upstream.lateAfter(HeldResponse.LONGEST_NANOS);
        } else {
            show(current);
            downstream.flush();
        }
    }

    /** Lets go of an attempt that is not answered; that it took so long is held against its backend. */
    void giveUp(Attempt attempt) {
        attempts.remove(attempt);
        drop(attempt);
    }

    private void drop(Attempt attempt) {
        long nowNanos = System.nanoTime();
        attempt.backend().latency().atLeast(nowNanos - attempt.startNanos(), nowNanos);
        traffic(attempt).attemptGivenUp();
        attempt.cancel();
    }

    // Respond.

    void onInterim(Attempt attempt, ResponseHead interim) {
        if (answering == null) {
            downstream.sendInterim(interim);
            paceResponse();
        }
    }

    void onResponseHead(Attempt attempt, ResponseHead response) {
        Upstream upstream = attempt.upstream();
        Service from = service;
        if (upstream == null || from == null) {
            return;
        }
        long nowNanos = System.nanoTime();
        attempt.backend().answered(response.status(), nowNanos);
        attempt.answeredAt(response.status(), nowNanos);
        if (response.status() >= 400 && further().answeredElsewhere(this, from, attempt, response, nowNanos)) {
            return;
        }
        takeBack(); // another response may be held back
        answering = attempt;
        status = response.status();
        backendNanos = nowNanos - attempt.startNanos();
        trace.answered(attempt.startNanos(), nowNanos);
        if (status < 500) {
            attempt.backend().latency().observe(backendNanos, nowNanos);
            if (attempt.backend().ejection().reason() == null) { // what a sick one takes is not usual
                known(from).heads().add(backendNanos);
            }
        }
        boolean raw =
                response.framing() == Framing.CHUNKED && upstream.passesRawChunks() && downstream.takesRawChunks();
        if (raw) {
            upstream.deliverRawChunks();
        }
        byte[] cookie = from.setCookie(head, attempt.backend());
        downstream.sendHead(response, cookie == null ? NOTHING : cookie, raw);
        tunnel = response.switchesProtocols();
        ServiceConfig.Timeouts timeouts = from.config().timeouts();
        pauseLimitNanos = (tunnel ? timeouts.tunnelIdle() : timeouts.responseBody()).toNanos();
        upstream.timeoutAfter(pauseLimitNanos);
        upstream.lateAfter(0);
        if (mayHold(from, response)) {
            held.begin(response);
        } else {
            show(attempt);
        }
        if (tunnel) {
            forgetLimit();
            leave(nowNanos);
            body = new RequestBody(0);
            downstream.beginTunnel();
        }
    }

    /** Small responses are held back until they are complete, if they could be had elsewhere. */
    private boolean mayHold(Service from, ResponseHead response) {
        return HeldResponse.fits(from, response)
                && further().mayRepeat(head, from)
                && (body == null || (body.ended() && body.atHand()));
    }

    /** The response is this attempt's for good. */
    private void show(Attempt attempt) {
        attempt.responseStarted();
        if (attempts.only() == null) {
            attempts.dropOthers(attempt, this::drop);
        }
        if (body != null) {
            body.stopKeeping();
        }
        held.show(downstream);
    }

    void onResponseBody(Attempt attempt, ByteBuf part) {
        if (!downstream.isWritable() && shed()) {
            part.release();
            return;
        }
        if (held.active() && !held.isWhole(part)) {
            hold(attempt, part);
            return;
        }
        if (held.active()) {
            show(attempt);
        }
        downstream.sendBody(part);
        paceResponse();
    }

    private void hold(Attempt attempt, ByteBuf part) {
        int bytes = held.add(part);
        Service from = service;
        if (from != null && bytes > from.config().retries().responseBytes()) {
            show(attempt);
        }
    }

    void onResponseReadComplete(Attempt attempt) {
        Service from = service;
        Upstream upstream = attempt.upstream();
        if (attempt != answering || from == null || upstream == null) {
            return;
        }
        if (!held.active()) {
            downstream.flush();
            return;
        }
        long patience = held.patienceNanos(lateNanos(from));
        if (patience > 0) {
            upstream.lateAfter(patience);
        }
    }

    @Override
    public void onDownstreamWritabilityChanged() {
        paceResponse();
    }

    /** The backend is read as fast as the client takes, and need not hurry more than the client does. */
    private void paceResponse() {
        Upstream upstream = answering == null ? attempts.upstream() : answering.upstream();
        if (upstream == null) {
            return;
        }
        boolean writable = downstream.isWritable();
        upstream.readResponse(writable);
        if (status != 0) {
            upstream.timeoutAfter(writable ? pauseLimitNanos : 0);
        }
    }

    void onResponseEnd(Attempt last) {
        show(last);
        attempts.remove(last);
        last.end();
        long nowNanos = System.nanoTime();
        last.endsAs(AttemptTrace.Outcome.ANSWERED, null, nowNanos);
        trace.waitOver(nowNanos);
        traffic(last).responded(status, nowNanos - startNanos);
        record(last, null);
        downstream.sendEnd();
    }

    // Failures.

    void onResponseFailed(Attempt failed, FailureKind kind, String detail) {
        attemptFailed(failed, new Failure(kind, failed.progress(), detail));
    }

    void onResponseTimeout(Attempt slow) {
        Upstream upstream = slow.upstream();
        if (upstream != null) {
            upstream.cancel();
            attemptFailed(slow, late(slow));
        }
    }

    private Failure late(Attempt slow) {
        if (slow != answering) {
            return new Failure(FailureKind.RESPONSE_HEAD_TIMEOUT, slow.progress(), "no response head in time");
        }
        return tunnel
                ? new Failure(FailureKind.TUNNEL_IDLE, slow.progress(), "neither side of the tunnel sent anything")
                : new Failure(FailureKind.RESPONSE_BODY_TIMEOUT, slow.progress(), "the response body stalled");
    }

    private void attemptFailed(Attempt failed, Failure failure) {
        Service from = service;
        if (!attempts.remove(failed) || from == null) {
            return;
        }
        failed.end();
        long nowNanos = System.nanoTime();
        failed.endsAs(AttemptTrace.Outcome.FAILED, failure, nowNanos);
        traffic(failed).attemptFailed();
        if (failed.upstream() != null && failure.kind().side() == FailureKind.Side.BACKEND) {
            failed.backend().failed(failure.kind(), nowNanos);
        }
        if (failed == answering && !takeBack()) {
            fail(failed, failure);
            return;
        }
        if (attempts.underWay()) {
            return; // it may still be answered
        }
        trace.waitOver(nowNanos);
        Failure known = new Failure(failure.kind(), failed.progress(), failure.detail());
        if (!further().afterFailure(this, from, failed, known) && !fallBackFrom(from, known)) {
            fail(failed, known);
        }
    }

    /** Whether another service may answer what this one could not: what could be tried again, if there were another attempt. */
    private boolean fallBackFrom(Service from, Failure failure) {
        return further().worthFallback(this, from, failure) && fallBack(from, System.nanoTime());
    }

    /** Gives up a response of which the client has seen nothing; false if it has. */
    private boolean takeBack() {
        Attempt current = answering;
        if (current == null) {
            return true;
        }
        if (!downstream.retract()) {
            return false;
        }
        current.responseTakenBack();
        if (attempts.remove(current)) {
            drop(current);
        }
        held.release();
        answering = null;
        tunnel = false;
        status = 0;
        return true;
    }

    @Override
    public void onRequestFailed(FailureKind kind, String detail) {
        if (!ended) {
            Attempt last = answering == null ? attempts.only() : answering;
            Progress progress = last == null ? Progress.NOTHING_SENT : last.progress();
            fail(last, new Failure(kind, progress, detail));
        }
    }

    /** @param last the last attempt, null if none was made */
    private void fail(@Nullable Attempt last, Failure failure) {
        attempts.dropOthers(null, Attempt::cancel);
        FailureKind kind = failure.kind();
        Service from = service;
        (from == null ? env.counts().unrouted() : known(from).failures()).failed(kind);
        if (kind == FailureKind.INTERNAL) {
            LOG.error("exchange failed by a bug: {}", failure.detail());
        }
        byte[] page = page(kind);
        boolean started = status != 0 && !downstream.retract();
        if (!started) {
            status = page == null ? kind.status() : FailureKind.OVERLOADED.status();
        }
        record(last, failure);
        if (started) {
            downstream.abort();
        } else if (page != null) {
            downstream.sendPage(page);
        } else {
            downstream.sendFailure(kind, failure.detail());
        }
    }

    /** That of the service that the request was for. */
    private byte @Nullable [] page(FailureKind kind) {
        Service asked = replaced == null ? service : replaced;
        return asked == null ? null : asked.page(kind);
    }

    // Record.

    /** Comes before the last byte is handed over, as the head may then be used for the next request at once. */
    private void record(@Nullable Attempt last, @Nullable Failure failure) {
        ended = true;
        forgetLimit();
        if (body != null) {
            body.release();
        }
        held.release();
        long nowNanos = System.nanoTime();
        trace.ended(status, failure, nowNanos);
        Service from = service;
        if (from != null) {
            if (!tunnel) {
                known(from).times().add(trace.queueNanos(), trace.waitedNanos(), trace.ownNanos());
            }
        }
        leave(nowNanos);
        log(last, failure, nowNanos - startNanos);
        env.ended(this);
    }

    private void log(@Nullable Attempt last, @Nullable Failure failure, long durationNanos) {
        if (!env.log().enabled()) {
            return;
        }
        env.log()
                .record(ExchangeRecords.ended(
                        env.clock().instant().minusNanos(durationNanos),
                        downstream,
                        head,
                        status,
                        service == null ? null : service.name(),
                        last == null ? null : last.backend().key().id(),
                        attempts.made(),
                        durationNanos,
                        trace.queueNanos(),
                        trace.headNanos(),
                        trace.ownNanos(),
                        failure));
    }

    Traffic traffic(Attempt of) {
        return of.backend().traffic(env.loop().index());
    }

    ServiceLoop known(Service of) {
        return of.state().loop(env.loop().index());
    }
}
