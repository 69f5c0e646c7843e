package io.proxyd.proxy.http;

/**
 * Why an exchange failed. The kind fixes the side that failed, the status of the answer and the one label used alike in
 * the log, the metrics and the documentation.
 */
public enum FailureKind {
    BAD_REQUEST(Side.CLIENT, 400, "bad-request"),
    NO_ROUTE(Side.CLIENT, 404, "no-route"),
    METHOD_REFUSED(Side.CLIENT, 405, "method-refused"),
    REQUEST_HEAD_TIMEOUT(Side.CLIENT, 408, "request-head-timeout"),
    REQUEST_BODY_TIMEOUT(Side.CLIENT, 408, "request-body-timeout"),
    TARGET_TOO_LONG(Side.CLIENT, 414, "target-too-long"),
    EXPECTATION_UNKNOWN(Side.CLIENT, 417, "expectation-unknown"),
    HEAD_TOO_LARGE(Side.CLIENT, 431, "head-too-large"),
    CLIENT_CLOSED(Side.CLIENT, 499, "client-closed"),
    RESPONSE_WRITE_TIMEOUT(Side.CLIENT, 499, "response-write-timeout"),
    TRANSFER_CODING_UNKNOWN(Side.CLIENT, 501, "transfer-coding-unknown"),
    VERSION_UNSUPPORTED(Side.CLIENT, 505, "version-unsupported"),

    INTERNAL(Side.PROXY, 500, "internal"),
    NO_BACKEND(Side.PROXY, 503, "no-backend"),
    OVERLOADED(Side.PROXY, 503, "overloaded"),

    CONNECT_FAILED(Side.BACKEND, 502, "connect-failed"),
    BACKEND_CLOSED(Side.BACKEND, 502, "backend-closed"),
    BAD_RESPONSE(Side.BACKEND, 502, "bad-response"),
    RESPONSE_TRUNCATED(Side.BACKEND, 502, "response-truncated"),
    CONNECT_TIMEOUT(Side.BACKEND, 504, "connect-timeout"),
    RESPONSE_HEAD_TIMEOUT(Side.BACKEND, 504, "response-head-timeout"),
    RESPONSE_BODY_TIMEOUT(Side.BACKEND, 504, "response-body-timeout"),
    EXCHANGE_TIMEOUT(Side.BACKEND, 504, "exchange-timeout"),
    TUNNEL_IDLE(Side.BACKEND, 504, "tunnel-idle");

    /** Whose doing a failure is. */
    public enum Side {
        CLIENT,
        PROXY,
        BACKEND
    }

    private final Side side;
    private final int status;
    private final String label;

    FailureKind(Side side, int status, String label) {
        this.side = side;
        this.status = status;
        this.label = label;
    }

    public Side side() {
        return side;
    }

    /** The status of the answer; 499 is only logged, as nobody is left to read an answer. */
    public int status() {
        return status;
    }

    public String label() {
        return label;
    }
}
