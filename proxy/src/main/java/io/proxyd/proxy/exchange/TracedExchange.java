package io.proxyd.proxy.exchange;

import io.proxyd.config.RouteConfig;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What proxyd remembers of one exchange, for people; immutable.
 *
 * @param requestId as logged
 * @param method up to 16 bytes of it
 * @param host up to 64 bytes of host and port
 * @param path up to 128 bytes of the path, without the query
 * @param route null if none matched
 * @param underWay whether it had not ended; times are then up to the moment of asking
 * @param status sent to the client; 0 as long as none is known
 * @param failure label of the failure kind, null if all went well
 * @param whyNoMore why the last attempt was not followed by another one; null if that was not thought of
 * @param durationNanos from the end of the request head to the end of the response
 * @param queueNanos of these, before it was let in
 * @param ownNanos of these, neither in the queue nor waiting for a backend
 * @param attempts in their order, of many the first ten
 * @param attemptsMade how many were made
 */
public record TracedExchange(
        String requestId,
        Instant start,
        String method,
        String host,
        String path,
        @Nullable RouteConfig route,
        boolean underWay,
        int status,
        @Nullable String failure,
        @Nullable String failureDetail,
        @Nullable String whyNoMore,
        long durationNanos,
        long queueNanos,
        long ownNanos,
        List<TracedAttempt> attempts,
        int attemptsMade) {

    /**
     * One try against one backend.
     *
     * @param backend its id
     * @param why first, retry, hedge or moved
     * @param startNanos since the start of the exchange
     * @param idleConnection whether it had a connection that lay idle; else it had to connect
     * @param connectNanos how long that took; null if it did not come about, or had not to
     * @param headNanos from the start of the attempt to its response head; null if there was none
     * @param endNanos from the start of the attempt to its end; null if it is under way
     * @param status of its response; 0 if there was none
     * @param failure label of the failure kind, null if it did not fail
     */
    public record TracedAttempt(
            String backend,
            String why,
            long startNanos,
            boolean idleConnection,
            @Nullable Long connectNanos,
            @Nullable Long headNanos,
            @Nullable Long endNanos,
            int status,
            String outcome,
            @Nullable String failure,
            @Nullable String failureDetail) {}
}
