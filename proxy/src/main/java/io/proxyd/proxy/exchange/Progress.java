package io.proxyd.proxy.exchange;

/** How far an attempt came before it failed. */
enum Progress {
    /** No byte of the request can have reached the backend. */
    NOTHING_SENT,
    /** The request, or a part of it, was sent; no byte of a response was passed on. */
    REQUEST_SENT,
    /** The client has seen a part of the response. */
    RESPONSE_STARTED
}
