package io.proxyd.proxy.evidence;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The backends of one service that left within the window and were not made up for. Control thread. */
final class Departures {
    private final long windowNanos;
    /** When each left, as {@link System#nanoTime}; oldest first. */
    private final Map<String, Long> leftNanos = new LinkedHashMap<>();

    Departures(Duration window) {
        this.windowNanos = window.toNanos();
    }

    void left(String id, Moment now) {
        prune(now);
        leftNanos.remove(id);
        leftNanos.put(id, now.nanos());
    }

    /** It is registered again. Returns whether it had left. */
    boolean returned(String id) {
        return leftNanos.remove(id) != null;
    }

    /** A backend that is new makes up for the one that left first: a service whose backends are replaced does not shrink. */
    void madeUpForOne() {
        Iterator<String> oldest = leftNanos.keySet().iterator();
        if (oldest.hasNext()) {
            oldest.next();
            oldest.remove();
        }
    }

    int count(Moment now) {
        prune(now);
        return leftNanos.size();
    }

    private void prune(Moment now) {
        Iterator<Long> oldest = leftNanos.values().iterator();
        while (oldest.hasNext() && now.nanos() - oldest.next() > windowNanos) {
            oldest.remove();
        }
    }

    /** Begins to count anew. */
    void clear() {
        leftNanos.clear();
    }
}
