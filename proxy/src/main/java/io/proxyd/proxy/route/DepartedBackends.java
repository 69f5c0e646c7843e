package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.route.LiveBackend.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The live backends that left the routing table a moment ago, so that one whose registration is deleted and put again comes back
 * with its health, its ejection and its history. Bounded in time and number. Used by the control loop's thread.
 */
final class DepartedBackends {
    static final Duration GRACE = Duration.ofSeconds(30);
    static final int MOST = 1000;
    /** A verdict that is older than this many checks counts no more. */
    private static final int STALE_CHECKS = 3;

    private record Departed(LiveBackend backend, Instant left) {}

    /** Oldest first. */
    private final Map<Key, Departed> departed = new LinkedHashMap<>();

    /** One left. */
    void left(LiveBackend backend, Instant now) {
        departed.remove(backend.key());
        departed.put(backend.key(), new Departed(backend, now));
        Iterator<Departed> oldest = departed.values().iterator();
        while (oldest.hasNext()) {
            boolean over = isOver(oldest.next(), now);
            if (!over && departed.size() <= MOST) {
                return;
            }
            oldest.remove();
        }
    }

    /** The one that left not long ago, ready to serve again; null if there is none. */
    @Nullable LiveBackend back(Key key, ServiceConfig service, ServiceState state, Instant now) {
        Departed found = departed.remove(key);
        if (found == null || isOver(found, now) || !found.backend().isOf(state)) {
            return null;
        }
        LiveBackend backend = found.backend();
        Duration interval = HealthRules.interval(service.healthCheck());
        if (found.left().plus(interval.multipliedBy(STALE_CHECKS)).isBefore(now)) {
            backend.health(new HealthVerdict(HealthVerdict.Health.UNCHECKED, "not checked since it came back", now));
        }
        backend.revive();
        return backend;
    }

    private static boolean isOver(Departed one, Instant now) {
        return one.left().plus(GRACE).isBefore(now);
    }
}
