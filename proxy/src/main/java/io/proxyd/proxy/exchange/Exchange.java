package io.proxyd.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.Downstream;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.RequestEvents;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.Admission;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Route;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.ServiceLoop;
import io.proxyd.proxy.route.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request with its response. The steps stand in the order in which they happen: route, pick, acquire, forward, respond,
 * record; after an attempt that failed, and beside one that is late, there is another pick with its backend excluded. All on the
 * event loop that accepted the client.
 */
final class Exchange implements RequestEvents, Admission.Waiter {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    /** How long another attempt may take to complete a response that stalls, before the client is shown the part that there is. */
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** After how long without the rest a response that has begun stalls. */
    private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A response whose length is not told may be a stream, so it is shown after that long. */
    private static final long STREAM_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** How often what waits for room at a backend looks for it. */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

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

    /** Ends the wait to be admitted; null where there is none. */
    private @Nullable Deadline queueDeadline;

    private long queueEndNanos;
    private boolean admitted;
    private long backendNanos = -1;
    private int status;
    private long pauseLimitNanos;
    /** Whether the client is not shown the response yet, so that it can still come from elsewhere. */
    private boolean holding;

    private boolean heldLong;
    /** Of the response body; -1 if that is not known. */
    private long expectedBytes;

    private @Nullable HeldResponse held;
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
        if (env.memoryShort()) {
            downstream.endConnection();
            fail(null, new Failure(FailureKind.OVERLOADED, Progress.NOTHING_SENT, "proxyd itself is short of memory"));
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
        Admission.Answer answer = known(from).admission().ask(this, urgent, from, nowNanos);
        if (answer == Admission.Answer.ENTER) {
            begin(from, nowNanos);
        } else if (answer == Admission.Answer.WAIT) {
            trace.queues();
            queueEndNanos = nowNanos + from.config().limits().queueTime().toNanos();
            queueDeadline = new Deadline(this::onQueueTime);
            awaitTurn(from, nowNanos);
        } else {
            turnAway();
        }
    }

    /** Room at a backend may come from other event loops, which do not tell. */
    private void awaitTurn(Service from, long nowNanos) {
        long leftNanos = queueEndNanos - nowNanos;
        if (queueDeadline != null) {
            boolean capped = from.config().limits().backendRequests() > 0;
            env.loop()
                    .fineWheel()
                    .arm(queueDeadline, nowNanos, capped ? Math.min(leftNanos, LOOK_AGAIN_NANOS) : leftNanos);
        }
    }

    private void onQueueTime() {
        Service from = service;
        long nowNanos = System.nanoTime();
        if (from == null || queueEndNanos - nowNanos <= 0) {
            turnAway();
            return;
        }
        known(from).admission().letIn(from, nowNanos);
        if (!admitted && !ended && service == from) {
            awaitTurn(from, nowNanos);
        }
    }

    /** The first attempt may be made. */
    @Override
    public void admitted() {
        Service from = service;
        if (from == null) {
            throw new IllegalStateException("admitted without a service");
        }
        leaveQueue();
        begin(from, System.nanoTime());
    }

    private void begin(Service from, long nowNanos) {
        admitted = true;
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
        leave(from, nowNanos);
        queueDeadline = null;
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

    private void turnAway() {
        Service from = service;
        if (from != null) {
            known(from).admission().leave(this);
            String detail = "service " + from.name() + " has more requests than it can take";
            fail(null, new Failure(FailureKind.OVERLOADED, Progress.NOTHING_SENT, detail));
        }
    }

    private void leaveQueue() {
        if (queueDeadline != null) {
            env.loop().fineWheel().forget(queueDeadline);
        }
    }

    /** Makes room for another one. */
    private void leave(Service from, long nowNanos) {
        if (admitted) {
            admitted = false;
            known(from).admission().ended(backendNanos, nowNanos, from);
        } else if (queueDeadline != null) {
            known(from).admission().leave(this);
        }
    }

    // Pick.

    /** A backend that was not tried yet, if possible one with a connection for it; null if there is none. */
    private @Nullable LiveBackend pick(Service from, long nowNanos) {
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

    /** One for a further attempt, which the budget has to allow; null if there is none. */
    private @Nullable LiveBackend pickAnother(Service from, Attempt before, long nowNanos) {
        if (!budgetAllows(from, before, nowNanos)) {
            return null;
        }
        LiveBackend other = pick(from, nowNanos);
        if (other == null) {
            trace.noMore("no backend is left that was not tried");
        }
        return other;
    }

    /** What was not sent costs no backend anything, so its next attempt is not charged. */
    private boolean budgetAllows(Service from, Attempt before, long nowNanos) {
        boolean allowed = before.progress() == Progress.NOTHING_SENT
                || known(from).budget().allows(from.config().retries(), nowNanos);
        if (!allowed) {
            known(from).failures().refusedByBudget();
            trace.noMore("the retry budget is spent");
        }
        return allowed;
    }

    private RetryRules.Verdict judge(Service from, @Nullable FailureKind kind, Progress progress) {
        return judge(from, kind, progress, from.config().retries().attempts());
    }

    private RetryRules.Verdict judge(Service from, @Nullable FailureKind kind, Progress progress, int maxAttempts) {
        RetryRules.Verdict verdict = RetryRules.judge(
                kind,
                progress,
                mayRepeat(from),
                body == null || body.atHand(),
                attempts.made() - attemptsBefore,
                maxAttempts);
        trace.judged(verdict);
        return verdict;
    }

    private boolean mayRepeat(Service from) {
        return head.method().idempotent()
                || head.has(Field.IDEMPOTENCY_KEY)
                || from.config().retries().nonIdempotent();
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

    /** Starts a further attempt. */
    private void acquireAgain(
            Service from, Attempt before, LiveBackend backend, @Nullable Upstream idle, long nowNanos, Launch why) {
        if (before.progress() != Progress.NOTHING_SENT) {
            known(from).budget().spend(nowNanos);
        }
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
        return body == null && mayRepeat(from) && (answering == null || holding) && !head.webSocket();
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

    /** An attempt takes longer than is usual: its backend loses trust, and perhaps another one is asked as well. */
    void onLate(Attempt late) {
        Service from = service;
        if (ended || late.dropped() || from == null) {
            return;
        }
        long nowNanos = System.nanoTime();
        if (answering != null) {
            if (late == answering) {
                onHeldLong(from, nowNanos);
            }
            return;
        }
        if (late.becomesLate()) {
            late.backend().late(late.startNanos(), nowNanos);
        }
        Upstream upstream = late.upstream();
        if (!hedge(from, late, nowNanos)
                && upstream != null
                && !known(from).budget().allows(from.config().retries(), nowNanos)) {
            upstream.lateAfter(lateNanos(from)); // the budget may allow it then
        }
    }

    /** The held response stalls: first it is looked for elsewhere, then the client gets what there is. */
    private void onHeldLong(Service from, long nowNanos) {
        Attempt current = answering;
        if (current == null || !holding) {
            return;
        }
        boolean first = !heldLong;
        heldLong = true;
        Upstream upstream = current.upstream();
        if (first
                && expectedBytes >= 0
                && upstream != null
                && (attempts.only() == null || hedge(from, current, nowNanos))) {
            upstream.lateAfter(HOLD_NANOS);
        } else {
            show(current);
            downstream.flush();
        }
    }

    /** Starts another attempt beside a late one, or in its place; false if that is not to be. */
    private boolean hedge(Service from, Attempt late, long nowNanos) {
        if (!judge(from, null, late.progress()).again() || head.webSocket()) {
            return false;
        }
        HedgeRules.Action action = HedgeRules.late(
                late.progress(), body != null, from.config().hedging().enabled() && !crowded(from));
        if (action == HedgeRules.Action.WAIT) {
            trace.noMore("it was late, but hedging is off or the service has a crowd");
            return false;
        }
        LiveBackend other = pickAnother(from, late, nowNanos);
        if (other == null) {
            return false;
        }
        boolean move = action == HedgeRules.Action.MOVE;
        if (move) {
            giveUp(late);
        }
        known(from).failures().hedged();
        acquireAgain(from, late, other, env.pool().acquire(other), nowNanos, move ? Launch.MOVED : Launch.HEDGE);
        return true;
    }

    /** In a crowd more attempts would only make all of them wait longer. */
    private boolean crowded(Service from) {
        return known(from).admission().crowded(from.config().limits());
    }

    /** The health check has convicted a backend: what waits for it and may be answered elsewhere, is. */
    void onConvicted(LiveBackend backend) {
        Attempt waiting = attempts.waitingFor(backend);
        Service from = service;
        if (waiting == null || from == null || answering != null || attempts.only() == null) {
            return;
        }
        if (!judge(from, null, waiting.progress()).again()) {
            return;
        }
        long nowNanos = System.nanoTime();
        LiveBackend other = pickAnother(from, waiting, nowNanos);
        if (other != null) {
            giveUp(waiting);
            known(from).failures().retried();
            acquireAgain(from, waiting, other, env.pool().acquire(other), nowNanos, Launch.MOVED);
        }
    }

    /** Lets go of an attempt that is not answered; that it took so long is held against its backend. */
    private void giveUp(Attempt attempt) {
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
        if (response.status() >= 400 && answeredElsewhere(from, attempt, response, nowNanos)) {
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
        holding = mayHold(from, response);
        expectedBytes = response.framing() == Framing.LENGTH ? response.contentLength() : -1;
        if (!holding) {
            show(attempt);
        }
        if (tunnel) {
            forgetLimit();
            leave(from, nowNanos);
            body = new RequestBody(0);
            downstream.beginTunnel();
        }
    }

    /**
     * Whether a response that reports a failure is passed over for that of another attempt. What remains of it is read, so that
     * its connection can be used again.
     */
    private boolean answeredElsewhere(Service from, Attempt attempt, ResponseHead response, long nowNanos) {
        ServiceConfig.Retries rule = from.config().retries();
        if (!rule.statuses().contains(response.status())) {
            return false;
        }
        RetryAfter.seconds(response, env.clock())
                .ifPresent(rest -> attempt.backend().askedForRest(rest, nowNanos));
        boolean otherUnderWay = attempts.only() == null;
        LiveBackend other = null;
        if (!otherUnderWay) {
            other = judge(from, null, attempt.progress()).again() ? pickAnother(from, attempt, nowNanos) : null;
            if (other == null) {
                return false;
            }
        }
        attempts.remove(attempt);
        attempt.endsAs(AttemptTrace.Outcome.PASSED_OVER, null, nowNanos);
        traffic(attempt).attemptFailed();
        if (body == null) {
            attempt.drain(from.config().timeouts().responseBody().toNanos());
        } else {
            attempt.cancel();
        }
        if (other != null) {
            known(from).failures().retried();
            acquireAgain(from, attempt, other, env.pool().acquire(other), nowNanos, Launch.RETRY);
        }
        return true;
    }

    /** Small responses are held back until they are complete, if they could be had elsewhere. */
    private boolean mayHold(Service from, ResponseHead response) {
        int limit = from.config().retries().responseBytes();
        boolean small = response.framing() == Framing.LENGTH
                ? response.contentLength() <= limit
                : response.framing() != Framing.NONE;
        return small
                && limit > 0
                && !tunnel
                && from.backends().size() > 1
                && mayRepeat(from)
                && (body == null || (body.ended() && body.atHand()));
    }

    /** The response is this attempt's for good. */
    private void show(Attempt attempt) {
        holding = false;
        attempt.responseStarted();
        if (attempts.only() == null) {
            attempts.dropOthers(attempt, this::drop);
        }
        if (body != null) {
            body.stopKeeping();
        }
        if (held != null) {
            held.sendTo(downstream);
            held = null;
        }
    }

    void onResponseBody(Attempt attempt, ByteBuf part) {
        if (holding) {
            hold(attempt, part);
        } else {
            downstream.sendBody(part);
            paceResponse();
        }
    }

    private void hold(Attempt attempt, ByteBuf part) {
        HeldResponse parts = held;
        if (parts == null && part.readableBytes() == expectedBytes) {
            show(attempt); // it is complete
            downstream.sendBody(part);
            return;
        }
        if (parts == null) {
            parts = new HeldResponse();
            held = parts;
        }
        parts.add(part);
        Service from = service;
        if (from != null && parts.bytes() > from.config().retries().responseBytes()) {
            show(attempt);
        }
    }

    void onResponseReadComplete(Attempt attempt) {
        Service from = service;
        Upstream upstream = attempt.upstream();
        if (attempt != answering || from == null || upstream == null) {
            return;
        }
        if (!holding) {
            downstream.flush();
        } else if (!heldLong) {
            upstream.lateAfter(expectedBytes < 0 ? STREAM_NANOS : Math.min(lateNanos(from), STALL_NANOS));
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
        boolean again = judge(from, known.kind(), known.progress()).again() && tryAgain(from, failed, known);
        if (!again && !fallBackFrom(from, known)) {
            fail(failed, known);
        }
    }

    /** Whether another service may answer what this one could not: what could be tried again, if there were another attempt. */
    private boolean fallBackFrom(Service from, Failure failure) {
        return judge(from, failure.kind(), failure.progress(), Integer.MAX_VALUE)
                        .again()
                && fallBack(from, System.nanoTime());
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
        if (held != null) {
            held.release();
            held = null;
        }
        answering = null;
        holding = false;
        heldLong = false;
        tunnel = false;
        status = 0;
        return true;
    }

    /**
     * Another backend, at last also one that is out; if there is none, the same one on a new connection, as the old one may have been
     * closed for its age.
     */
    private boolean tryAgain(Service from, Attempt failed, Failure failure) {
        long nowNanos = System.nanoTime();
        if (!budgetAllows(from, failed, nowNanos)) {
            return false;
        }
        LiveBackend picked = pick(from, nowNanos);
        LiveBackend other = picked == null ? from.lastResort(attempts.tried(), nowNanos) : picked;
        Upstream before = failed.upstream();
        boolean stale = before != null && before.reused() && failure.kind() == FailureKind.BACKEND_CLOSED;
        if (other == null && !stale) {
            trace.noMore("no backend is left that was not tried");
            return false;
        }
        known(from).failures().retried();
        if (other == null) {
            acquireAgain(from, failed, failed.backend(), null, nowNanos, Launch.RETRY);
        } else {
            acquireAgain(from, failed, other, env.pool().acquire(other), nowNanos, Launch.RETRY);
        }
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
        if (held != null) {
            held.release();
        }
        leaveQueue();
        long nowNanos = System.nanoTime();
        trace.ended(status, failure, nowNanos);
        Service from = service;
        if (from != null) {
            if (!tunnel) {
                known(from).times().add(trace.queueNanos(), trace.waitedNanos(), trace.ownNanos());
            }
            leave(from, nowNanos);
        }
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

    private Traffic traffic(Attempt of) {
        return of.backend().traffic(env.loop().index());
    }

    private ServiceLoop known(Service of) {
        return of.state().loop(env.loop().index());
    }
}
