package io.proxyd.proxy.exchange;

import java.util.Locale;

/** Why an attempt was made. */
enum Launch {
    FIRST,
    /** After one that failed, or was answered with a status that is worth another attempt. */
    RETRY,
    /** Beside one that is late. */
    HEDGE,
    /** In the place of one that was given up: it was late, or the health check convicted its backend. */
    MOVED;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
        return label;
    }
}
