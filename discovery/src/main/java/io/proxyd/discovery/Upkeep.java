package io.proxyd.discovery;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a watch did since the start to keep its view true.
 *
 * @param relists how often it listed everything anew, by cause; every cause is there, a few fixed words
 * @param audits how often the view was compared with a list
 * @param audited when that was last done; null before the first time
 * @param drifted how many keys an audit found that the view had wrong
 */
public record Upkeep(Map<String, Long> relists, long audits, @Nullable Instant audited, long drifted) {
    /** Nothing so far, and nothing to come. */
    public static final Upkeep NONE = new Upkeep(Map.of(), 0, null, 0);
}
