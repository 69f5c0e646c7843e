package io.proxyd.proxy.exchange;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.exchange.RetryRules.Verdict;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.upstream.ConnectionPool;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The further attempts of exchanges: after one that failed, beside or in the place of one that is late, for a response that reports a
 * failure, and where a backend was convicted. {@link RetryRules} says whether there may be one, {@link HedgeRules} what a late one
 * calls for, the budget of the service whether it can be afforded, and the service where it goes. One for each event loop.
 */
final class FurtherAttempts {
    private final ConnectionPool pool;
    private final InstantSource clock;

    FurtherAttempts(ConnectionPool pool, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
    }

    /** Whether executing a request twice is as good as once (RFC 9110 section 9.2.2), or is wanted all the same. */
    boolean mayRepeat(RequestHead head, Service service) {
        return head.method().idempotent()
                || head.has(Field.IDEMPOTENCY_KEY)
                || service.config().retries().nonIdempotent();
    }

    /**
     * Makes another attempt after one that failed: at another backend, at last also at one that is out; if there is none, at the same
     * one on a new connection, as the old one may have been closed for its age.
     *
     * @return false if there is none to be made
     */
    boolean afterFailure(Exchange exchange, Service service, Attempt failed, Failure failure) {
        if (!judge(exchange, service, failure.kind(), failure.progress()).again()) {
            return false;
        }
        long nowNanos = System.nanoTime();
        if (!affordable(exchange, service, failed, nowNanos)) {
            return false;
        }
        LiveBackend picked = exchange.pick(service, nowNanos);
        LiveBackend other =
                picked == null ? service.lastResort(exchange.attempts().tried(), nowNanos) : picked;
        Upstream before = failed.upstream();
        boolean stale = before != null && before.reused() && failure.kind() == FailureKind.BACKEND_CLOSED;
        if (other == null && !stale) {
            exchange.trace().noMore("no backend is left that was not tried");
            return false;
        }
        exchange.known(service).failures().retried();
        charge(exchange, service, failed, nowNanos);
        LiveBackend backend = other == null ? failed.backend() : other;
        Upstream idle = other == null ? null : pool.acquire(other);
        exchange.acquireAgain(service, backend, idle, nowNanos, Launch.RETRY);
        return true;
    }

    /** Whether another service may answer what this one could not: what could be tried again, if there were another attempt. */
    boolean worthFallback(Exchange exchange, Service service, Failure failure) {
        return judge(exchange, service, failure.kind(), failure.progress(), Integer.MAX_VALUE)
                .again();
    }

    /** Makes another attempt beside a late one, or in its place; false if that is not to be. */
    boolean hedge(Exchange exchange, Service service, Attempt late, long nowNanos) {
        if (exchange.head().webSocket()
                || !judge(exchange, service, null, late.progress()).again()) {
            return false;
        }
        boolean hedging = service.config().hedging().enabled() && !crowded(exchange, service);
        HedgeRules.Action action = HedgeRules.late(late.progress(), exchange.body() != null, hedging);
        if (action == HedgeRules.Action.WAIT) {
            exchange.trace().noMore("it was late, but hedging is off or the service has a crowd");
            return false;
        }
        LiveBackend other = another(exchange, service, late, nowNanos);
        if (other == null) {
            return false;
        }
        boolean move = action == HedgeRules.Action.MOVE;
        if (move) {
            exchange.giveUp(late);
        }
        exchange.known(service).failures().hedged();
        charge(exchange, service, late, nowNanos);
        exchange.acquireAgain(service, other, pool.acquire(other), nowNanos, move ? Launch.MOVED : Launch.HEDGE);
        return true;
    }

    /** In a crowd more attempts would only make all of them wait longer. */
    private static boolean crowded(Exchange exchange, Service service) {
        return exchange.known(service).admission().crowded(service.config().limits());
    }

    /** Moves what waits at a backend that was convicted, if it may be. */
    void afterConviction(Exchange exchange, Service service, Attempt waiting) {
        if (!judge(exchange, service, null, waiting.progress()).again()) {
            return;
        }
        long nowNanos = System.nanoTime();
        LiveBackend other = another(exchange, service, waiting, nowNanos);
        if (other != null) {
            exchange.giveUp(waiting);
            exchange.known(service).failures().retried();
            charge(exchange, service, waiting, nowNanos);
            exchange.acquireAgain(service, other, pool.acquire(other), nowNanos, Launch.MOVED);
        }
    }

    /**
     * Whether a response that reports a failure is passed over for that of another attempt. What remains of it is read, so that
     * its connection can be used again.
     */
    boolean answeredElsewhere(
            Exchange exchange, Service service, Attempt attempt, ResponseHead response, long nowNanos) {
        ServiceConfig.Retries rule = service.config().retries();
        if (!rule.statuses().contains(response.status())) {
            return false;
        }
        RetryAfter.seconds(response, clock).ifPresent(rest -> attempt.backend().askedForRest(rest, nowNanos));
        LiveBackend other = null;
        if (exchange.attempts().only() != null) {
            boolean again = judge(exchange, service, null, attempt.progress()).again();
            other = again ? another(exchange, service, attempt, nowNanos) : null;
            if (other == null) {
                return false;
            }
        }
        exchange.attempts().remove(attempt);
        attempt.endsAs(AttemptTrace.Outcome.PASSED_OVER, null, nowNanos);
        exchange.traffic(attempt).attemptFailed();
        if (exchange.body() == null) {
            attempt.drain(service.config().timeouts().responseBody().toNanos());
        } else {
            attempt.cancel();
        }
        if (other != null) {
            exchange.known(service).failures().retried();
            charge(exchange, service, attempt, nowNanos);
            exchange.acquireAgain(service, other, pool.acquire(other), nowNanos, Launch.RETRY);
        }
        return true;
    }

    private Verdict judge(Exchange exchange, Service service, @Nullable FailureKind kind, Progress progress) {
        int maxAttempts = service.config().retries().attempts();
        Verdict verdict = judge(exchange, service, kind, progress, maxAttempts);
        exchange.trace().judged(verdict);
        return verdict;
    }

    private Verdict judge(
            Exchange exchange, Service service, @Nullable FailureKind kind, Progress progress, int maxAttempts) {
        RequestBody body = exchange.body();
        return RetryRules.judge(
                kind,
                progress,
                mayRepeat(exchange.head(), service),
                body == null || body.atHand(),
                exchange.attemptsOfService(),
                maxAttempts);
    }

    /** A backend for a further attempt, which the budget has to allow; null if there is none. */
    private @Nullable LiveBackend another(Exchange exchange, Service service, Attempt before, long nowNanos) {
        if (!affordable(exchange, service, before, nowNanos)) {
            return null;
        }
        LiveBackend other = exchange.pick(service, nowNanos);
        if (other == null) {
            exchange.trace().noMore("no backend is left that was not tried");
        }
        return other;
    }

    /** What was not sent costs no backend anything, so its next attempt is not charged. */
    private static boolean affordable(Exchange exchange, Service service, Attempt before, long nowNanos) {
        boolean allowed = before.progress() == Progress.NOTHING_SENT
                || exchange.known(service).budget().allows(service.config().retries(), nowNanos);
        if (!allowed) {
            exchange.known(service).failures().refusedByBudget();
            exchange.trace().noMore("the retry budget is spent");
        }
        return allowed;
    }

    private static void charge(Exchange exchange, Service service, Attempt before, long nowNanos) {
        if (before.progress() != Progress.NOTHING_SENT) {
            exchange.known(service).budget().spend(nowNanos);
        }
    }
}
