package io.proxyd.proxy.exchange;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is left of an exchange once it has ended: one line of the access log.
 *
 * @param client address without port; behind trusted proxies the one that they tell of
 * @param peer address without port of who connected, which is the client unless that is a trusted proxy
 * @param method as received, empty if the request was refused before its method was read; the same for target and host
 * @param status sent to the client; 499 if the client went away first
 * @param bodyBytes of the response, sent to the client
 * @param service null if no route matched
 * @param backend id of the last backend tried, null if none was
 * @param attempts tries against backends
 * @param durationNanos from the end of the request head to the end of the response
 * @param queueNanos of these, until it was let in or turned away
 * @param backendNanos of these, while the last attempt waited for its response head, connect included; -1 if it gave none
 * @param ownNanos of these, neither in the queue nor waiting for a backend
 * @param failure label of the failure kind, null if all went well
 * @param failureDetail what the label leaves out, null if all went well
 */
public record ExchangeRecord(
        Instant start,
        String client,
        String peer,
        String method,
        String target,
        int minorVersion,
        String host,
        String userAgent,
        String referer,
        String requestId,
        int status,
        long bodyBytes,
        @Nullable String service,
        @Nullable String backend,
        int attempts,
        long durationNanos,
        long queueNanos,
        long backendNanos,
        long ownNanos,
        @Nullable String failure,
        @Nullable String failureDetail) {}
