package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Upkeep;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what a watch loop does to keep its view true. Written by the loop's thread; {@link #now} from any. */
final class UpkeepCounts {
    private final InstantSource clock;
    private final Map<Relist, Long> relists = new EnumMap<>(Relist.class);
    private long audits;
    private @Nullable Instant audited;
    private long drifted;
    private volatile Upkeep now = Upkeep.NONE;

    UpkeepCounts(InstantSource clock) {
        this.clock = clock;
        publish();
    }

    Upkeep now() {
        return now;
    }

    void relisted(Relist cause) {
        relists.merge(cause, 1L, Long::sum);
        publish();
    }

    /** @param wrong how many keys the view had wrong */
    void audited(int wrong) {
        audits++;
        audited = clock.instant();
        drifted += wrong;
        publish();
    }

    private void publish() {
        Map<String, Long> byWord = new LinkedHashMap<>();
        for (Relist cause : Relist.values()) {
            byWord.put(cause.word(), relists.getOrDefault(cause, 0L));
        }
        now = new Upkeep(Collections.unmodifiableMap(byWord), audits, audited, drifted);
    }
}
