package io.proxyd.proxy.story;

/** What a {@link FaultyServer} does wrong. Health checks are answered well in all of them unless it is said. */
enum Misbehaviour {
    NONE,
    /** All connections are reset when it begins, and new ones at once; health checks too. */
    RESET_AT_ACCEPT,
    /** The request is executed; then the connection is reset. */
    RESET_AFTER_REQUEST,
    RESET_IN_HEAD,
    RESET_IN_BODY,
    /** The request is executed and never answered. */
    NO_ANSWER,
    STALL_IN_BODY,
    /** Three of ten requests are refused and not executed. */
    SOME_503,
    /** Ten times the usual time; health checks too. */
    SLOW,
    /** Half a second more than usual; health checks too. */
    LATE,
    /** Connections are closed, and those that would open new ones get no answer from its kernel; health checks too. */
    DEAF
}
