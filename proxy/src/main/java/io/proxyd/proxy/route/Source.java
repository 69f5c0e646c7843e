package io.proxyd.proxy.route;

import java.util.Locale;

/** Why a backend is there at all. */
public enum Source {
    /** It is written in the configuration. */
    CONFIG,
    /** It is registered. */
    REGISTRY,
    /** It was registered when the last known good catalog was written to disk, and the registry has not answered yet. */
    SNAPSHOT,
    /** Its lease ended, but it answers its health check. */
    PROBATION,
    /** It left with so many others that the registry is not believed yet. */
    BRAKE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Whether the registry has dropped it and it is kept all the same. */
    public boolean kept() {
        return this == PROBATION || this == BRAKE;
    }

    /** The one word for it in the API and on the terminal. */
    public String label() {
        return label;
    }
}
