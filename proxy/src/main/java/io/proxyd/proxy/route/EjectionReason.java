package io.proxyd.proxy.route;

/** What a backend is ejected for. */
public enum EjectionReason {
    /** Connects failed. */
    CONNECT("connect"),
    /** Attempts ended without a response, or with 502, 503 or 504. */
    GATEWAY("gateway"),
    /** Requests take unusually long, and none was answered meanwhile. */
    STALLED("stalled"),
    /** It fails more often than the others of its service. */
    FAILURE_RATE("failure-rate");

    private final String label;

    EjectionReason(String label) {
        this.label = label;
    }

    /** The one word for it in metrics. */
    public String label() {
        return label;
    }
}
