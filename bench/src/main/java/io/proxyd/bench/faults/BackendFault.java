package io.proxyd.bench.faults;

import java.util.Locale;

/** What a {@link FaultBackend} does wrong. Health checks are answered well in all of them but the first two. */
enum BackendFault {
    /** Each new connection is reset, and all that exist are when it begins. */
    RESET_AT_ACCEPT,
    /** Ten times the service time, for health checks too. */
    SLOW,
    /** The request is read whole and executed; then the connection is reset. */
    RESET_AFTER_REQUEST,
    /** The connection is reset within the head of the response. */
    RESET_IN_HEAD,
    /** The connection is reset after half of the body. */
    RESET_IN_BODY,
    /** The request is read and executed; nothing is ever answered. */
    NO_ANSWER,
    /** Half of the body is sent and then nothing any more. */
    STALL_IN_BODY,
    /** Three of ten requests are refused with a 503, not executed. */
    SOME_503,
    /** All is well. */
    NONE;

    /** Reads the name as the orchestrator writes it, such as {@code reset-at-accept}. */
    static BackendFault of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
