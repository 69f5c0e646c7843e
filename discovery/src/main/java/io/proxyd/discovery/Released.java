package io.proxyd.discovery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Names of backends whose registration was deleted on purpose; each for a while, and only so many. */
final class Released {
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final int MAX_NAMES = 10_000;

    private final InstantSource clock;
    /** Oldest first. */
    private final Map<String, Instant> since = new LinkedHashMap<>();

    private Set<String> names = Set.of();
    private boolean changed;

    Released(InstantSource clock) {
        this.clock = clock;
    }

    void add(String name) {
        since.remove(name);
        since.put(name, clock.instant());
        if (since.size() > MAX_NAMES) {
            since.remove(since.keySet().iterator().next());
        }
        changed = true;
    }

    void remove(String name) {
        changed |= since.remove(name) != null;
    }

    Set<String> names() {
        Instant oldest = clock.instant().minus(KEPT);
        Iterator<Instant> times = since.values().iterator();
        while (times.hasNext() && times.next().isBefore(oldest)) {
            times.remove();
            changed = true;
        }
        if (changed) {
            names = Set.copyOf(since.keySet());
            changed = false;
        }
        return names;
    }
}
