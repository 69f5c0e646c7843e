package io.proxyd.proxy.exchange;

import io.proxyd.config.RouteConfig;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one exchange, and where its time went; used again for others, so that nothing is allocated for a request. On
 * the event loop.
 */
final class Trace {
    private static final int MAX_ATTEMPTS = 10;
    private static final int METHOD_BYTES = 16;
    private static final int HOST_BYTES = 64;
    private static final int PATH_BYTES = 128;
    private static final int ID_BYTES = 128;

    /** Method, host, path and an id that came with the request, one behind the other. */
    private final byte[] text = new byte[METHOD_BYTES + HOST_BYTES + PATH_BYTES + ID_BYTES];

    private int methodEnd;
    private int hostEnd;
    private int pathEnd;
    private int idEnd;
    private long idHigh;
    private long idLow;
    private @Nullable RouteConfig route;
    private int status;
    private @Nullable Failure failure;
    private @Nullable String whyNoMore;

    private long startNanos;
    private long endNanos;
    private boolean ended;
    private boolean queueing;
    private long queueNanos;
    private boolean waiting;
    private long waitingSince;
    private long waitedNanos;
    private long headNanos;

    private final List<AttemptTrace> attempts = new ArrayList<>(1);
    private int made;

    /** @param head borrowed for the call */
    void begin(RequestHead head, long nowNanos) {
        methodEnd = append(head.bytes(), head.methodStart(), head.methodEnd(), METHOD_BYTES, 0);
        hostEnd = append(head.bytes(), head.authorityStart(), head.authorityEnd(), HOST_BYTES, methodEnd);
        pathEnd = append(head.target(), head.targetStart(), head.pathEnd(), PATH_BYTES, hostEnd);
        int kept = head.forwarding().keptRequestId(head);
        idEnd = kept < 0
                ? pathEnd
                : append(head.bytes(), head.valueStart(kept), head.valueEnd(kept), ID_BYTES, pathEnd);
        idHigh = head.requestIdHigh();
        idLow = head.requestIdLow();
        route = null;
        status = 0;
        failure = null;
        whyNoMore = null;
        startNanos = nowNanos;
        ended = false;
        queueing = false;
        queueNanos = 0;
        waiting = false;
        waitedNanos = 0;
        headNanos = -1;
        made = 0;
    }

    private int append(byte[] from, int start, int end, int most, int at) {
        int length = Math.min(end - start, most);
        System.arraycopy(from, start, text, at, length);
        return at + length;
    }

    void routed(RouteConfig by) {
        route = by;
    }

    // Where the time goes.

    /** It is not let in yet. */
    void queues() {
        queueing = true;
    }

    /** It is let in, or turned away. */
    void leavesQueue(long nowNanos) {
        if (queueing) {
            queueing = false;
            queueNanos = nowNanos - startNanos;
        }
    }

    /** Whether it is a backend's turn. */
    boolean waiting() {
        return waiting;
    }

    /** A backend was asked. */
    void waits(long nowNanos) {
        if (!waiting) {
            waiting = true;
            waitingSince = nowNanos;
        }
    }

    /** No attempt is under way any more. */
    void waitOver(long nowNanos) {
        if (waiting) {
            waiting = false;
            waitedNanos += nowNanos - waitingSince;
        }
    }

    /** There is a response head. */
    void answered(long attemptStartNanos, long nowNanos) {
        headNanos = nowNanos - Math.max(attemptStartNanos, waitingSince);
    }

    /** How long the last attempt that was answered waited for its response head; -1 if there was none. */
    long headNanos() {
        return headNanos;
    }

    long queueNanos() {
        return queueNanos;
    }

    long waitedNanos() {
        return waitedNanos;
    }

    /** Neither in the queue nor waiting for a backend. Right once it has ended. */
    long ownNanos() {
        return endNanos - startNanos - queueNanos - waitedNanos;
    }

    // What happens.

    /** Begins the record of an attempt; null if there are too many. */
    @Nullable AttemptTrace attempt(String backend, Launch why, long nowNanos, boolean onIdle) {
        whyNoMore = null;
        int index = made++;
        if (index == MAX_ATTEMPTS || index > attempts.size()) {
            return null;
        }
        if (index == attempts.size()) {
            attempts.add(new AttemptTrace());
        }
        AttemptTrace attempt = attempts.get(index);
        attempt.begin(backend, why, nowNanos, onIdle);
        return attempt;
    }

    void judged(RetryRules.Verdict verdict) {
        whyNoMore = verdict.again() ? null : verdict.reason();
    }

    /** @param reason why there is no further attempt */
    void noMore(String reason) {
        whyNoMore = reason;
    }

    void ended(int withStatus, @Nullable Failure reason, long nowNanos) {
        leavesQueue(nowNanos);
        waitOver(nowNanos);
        status = withStatus;
        failure = reason;
        endNanos = nowNanos;
        ended = true;
    }

    /** Whether somebody may ask about it later: it failed, took several attempts, or took long. */
    boolean remarkable(long longNanos) {
        return (failure != null && route != null) || made > 1 || status >= 500 || endNanos - startNanos >= longNanos;
    }

    // For people.

    boolean is(RequestId id) {
        return idEnd == pathEnd
                ? id.made() && id.high() == idHigh && id.low() == idLow
                : Arrays.equals(text, pathEnd, idEnd, id.text(), 0, id.text().length);
    }

    /** @param now the same moment as {@code nowNanos} */
    TracedExchange copy(long nowNanos, Instant now) {
        long total = (ended ? endNanos : nowNanos) - startNanos;
        long queue = queueing ? total : queueNanos;
        long waited = waitedNanos + (waiting ? nowNanos - waitingSince : 0);
        Failure reason = failure;
        return new TracedExchange(
                idEnd == pathEnd ? String.format("%016x%016x", idHigh, idLow) : text(pathEnd, idEnd),
                now.minusNanos(nowNanos - startNanos),
                text(0, methodEnd),
                text(methodEnd, hostEnd),
                text(hostEnd, pathEnd),
                route,
                !ended,
                status,
                reason == null ? null : reason.kind().label(),
                reason == null ? null : reason.detail(),
                whyNoMore,
                total,
                queue,
                Math.max(0, total - queue - waited),
                attempts.stream()
                        .limit(made)
                        .map(attempt -> attempt.copy(startNanos))
                        .toList(),
                made);
    }

    private String text(int start, int end) {
        return new String(text, start, end - start, StandardCharsets.ISO_8859_1);
    }
}
