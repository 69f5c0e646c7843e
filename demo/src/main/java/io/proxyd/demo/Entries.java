package io.proxyd.demo;

import java.io.IOException;
import java.util.List;

/** Where signatures are kept. Implementations are bounded and may be called from any thread; calls may block. */
interface Entries {
    /** How many of the newest entries are kept and shown. */
    int KEPT = 100;

    /** The newest entries, newest first, at most {@link #KEPT}. */
    List<Entry> newest() throws IOException;

    /** Adds an entry; when there are {@link #KEPT} of them the oldest goes. */
    void add(Entry entry) throws IOException;
}
