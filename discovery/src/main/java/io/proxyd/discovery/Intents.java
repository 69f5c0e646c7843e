package io.proxyd.discovery;

import java.util.Map;

/**
 * What the operators want, at one registry revision; immutable.
 *
 * @param byName by {@link Intent#name}
 */
public record Intents(long revision, Map<String, Intent> byName) {
    /** Nobody wants anything. */
    public static final Intents NONE = new Intents(0, Map.of());
}
