package io.proxyd.discovery;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What the registry says about one backend; immutable.
 *
 * @param host name or IP literal
 * @param weight 0 to 1000; 0 takes no new requests
 * @param deadline until when the announcer waits for what is in flight, if it is draining
 * @param leased whether the registration ends with a lease, so that its absence may be an accident
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
        Optional<Instant> deadline,
        boolean leased,
        Map<String, String> metadata,
        Map<String, String> unknown)
        implements Reading {

    /** The weight of a registration that names none. */
    public static final int DEFAULT_WEIGHT = 100;

    /** Without a deadline and a lease. */
    public Registration(
            String service,
            String id,
            String host,
            int port,
            int weight,
            State state,
            Map<String, String> metadata,
            Map<String, String> unknown) {
        this(service, id, host, port, weight, state, Optional.empty(), false, metadata, unknown);
    }

    /** {@code <service>/<id>}. */
    public String name() {
        return service + "/" + id;
    }

    /** The same, but whether it is leased. */
    public Registration leased(boolean isLeased) {
        return new Registration(service, id, host, port, weight, state, deadline, isLeased, metadata, unknown);
    }

    /** What the announcer wants for its backend. */
    public enum State {
        UP,
        DRAINING
    }
}
