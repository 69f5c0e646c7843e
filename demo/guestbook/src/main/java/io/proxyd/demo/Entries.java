package io.proxyd.demo;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Where signatures are kept. Implementations are bounded and may be called from any thread; calls may block. */
interface Entries {
    /** How many of the newest entries are kept and shown. */
    int KEPT = 100;

    /** The newest entries, newest first, at most {@link #KEPT}. */
    List<Entry> newest() throws IOException;

    /** Adds an entry; when there are {@link #KEPT} of them the oldest goes. */
    void add(Entry entry) throws IOException;

    /** Why entries can be neither read nor added at the moment; empty when they can. Does not block. */
    default Optional<String> problem() {
        return Optional.empty();
    }
}
