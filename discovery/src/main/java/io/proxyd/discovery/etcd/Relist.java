package io.proxyd.discovery.etcd;

import java.util.Locale;

/** Why everything is listed anew. */
enum Relist {
    /** Nothing was known yet. */
    START,
    /** The revision to go on from is compacted away. */
    COMPACTED,
    /** Several tries in a row failed. */
    FAILURES,
    /** Another cluster, or a past that is not the one that was seen. */
    HISTORY,
    /** More was told than could be applied in time. */
    OVERFLOW,
    /** An audit found the view wrong. */
    DRIFT,
    /** Something here failed unexpectedly. */
    BUG;

    /** As it is counted and shown. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
