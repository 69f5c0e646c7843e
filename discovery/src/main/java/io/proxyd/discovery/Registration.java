package io.proxyd.discovery;

import java.util.Map;

/**
 * What the registry says about one backend; immutable.
 *
 * @param host name or IP literal
 * @param weight 0 to 1000; 0 takes no new requests
 * @param metadata what the announcer attached, by key
 * @param unknown fields this version does not know, by name, as the JSON text of their values
 */
public record Registration(
        String service,
        String id,
        String host,
        int port,
        int weight,
        State state,
        Map<String, String> metadata,
        Map<String, String> unknown)
        implements Reading {

    /** The weight of a registration that names none. */
    public static final int DEFAULT_WEIGHT = 100;

    /** What the announcer wants for its backend. */
    public enum State {
        UP,
        DRAINING
    }
}
