package io.proxyd.proxy.admin;

import io.proxyd.config.RouteConfig;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.exchange.TracedExchange.TracedAttempt;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of one request, as JSON tells it. */
final class TraceExplanation {
    private TraceExplanation() {}

    /**
     * @param route null if none matched
     * @param underWay whether it has not ended; times are up to now
     * @param whyNoMore why the last attempt was not followed by another one; null if nothing spoke for one
     * @param backendMs while a backend was connected to, asked and listened to
     * @param ownMs neither in the queue nor with a backend
     */
    record Body(
            String requestId,
            @Nullable Instant start,
            String method,
            String host,
            String path,
            @Nullable RouteEntry route,
            @Nullable String service,
            boolean underWay,
            @Nullable Integer status,
            @Nullable String failure,
            @Nullable String failureDetail,
            @Nullable Double durationMs,
            @Nullable Double queueMs,
            @Nullable Double backendMs,
            @Nullable Double ownMs,
            int attemptsMade,
            List<AttemptEntry> attempts,
            @Nullable String whyNoMore) {}

    record RouteEntry(String host, String path) {}

    /**
     * @param why first, retry, hedge or moved
     * @param startMs since the start of the request
     * @param connection idle or new
     * @param connectMs null if it had not to connect, or could not
     * @param headMs from the attempt's start to its response head; null if there was none
     * @param endMs from the attempt's start to its end; null if it is under way
     */
    record AttemptEntry(
            String backend,
            String why,
            @Nullable Double startMs,
            String connection,
            @Nullable Double connectMs,
            @Nullable Double headMs,
            @Nullable Double endMs,
            @Nullable Integer status,
            String outcome,
            @Nullable String failure,
            @Nullable String failureDetail) {}

    static Body of(TracedExchange exchange) {
        RouteConfig route = exchange.route();
        long backendNanos = exchange.durationNanos() - exchange.queueNanos() - exchange.ownNanos();
        return new Body(
                exchange.requestId(),
                Json.time(exchange.start()),
                exchange.method(),
                exchange.host(),
                exchange.path(),
                route == null ? null : new RouteEntry(route.host(), route.path()),
                route == null ? null : route.service(),
                exchange.underWay(),
                status(exchange.status()),
                exchange.failure(),
                exchange.failureDetail(),
                millis(exchange.durationNanos()),
                millis(exchange.queueNanos()),
                millis(backendNanos),
                millis(exchange.ownNanos()),
                exchange.attemptsMade(),
                exchange.attempts().stream().map(TraceExplanation::attempt).toList(),
                exchange.whyNoMore());
    }

    private static AttemptEntry attempt(TracedAttempt attempt) {
        return new AttemptEntry(
                attempt.backend(),
                attempt.why(),
                millis(attempt.startNanos()),
                attempt.idleConnection() ? "idle" : "new",
                millis(attempt.connectNanos()),
                millis(attempt.headNanos()),
                millis(attempt.endNanos()),
                status(attempt.status()),
                attempt.outcome(),
                attempt.failure(),
                attempt.failureDetail());
    }

    private static @Nullable Integer status(int status) {
        return status == 0 ? null : status;
    }

    private static @Nullable Double millis(@Nullable Long nanos) {
        return nanos == null ? null : Json.millis(Duration.ofNanos(nanos));
    }
}
