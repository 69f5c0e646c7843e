package io.proxyd.proxy.route;

import java.util.Locale;

/** Whether a backend may be picked, and if not why not. */
public enum Standing {
    UP(true),
    /** New, and waiting for its first health check. */
    UNCHECKED(true),
    /** Its health checks fail. */
    UNHEALTHY(true),
    /** Out for a while, for what requests met there. */
    EJECTED(true),
    /** It asked by Retry-After to be left alone for a while. */
    RESTING(true),
    /** Dropped by the registry and kept all the same, and no health check has passed yet. */
    UNCONFIRMED(false),
    /** Its host name was never resolved. */
    UNRESOLVED(false),
    /** Its weight is 0. */
    DISABLED(false),
    /** Its registration, its health check or an operator asked for no new requests. */
    DRAINING(false);

    private final boolean willing;
    private final String label = name().toLowerCase(Locale.ROOT);

    Standing(boolean willing) {
        this.willing = willing;
    }

    /** Whether it may be picked when no backend is up. */
    public boolean willing() {
        return willing;
    }

    /** The one word for it in metrics, in the API and on the terminal. */
    public String label() {
        return label;
    }
}
