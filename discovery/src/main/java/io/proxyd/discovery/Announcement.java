package io.proxyd.discovery;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an {@link Announcer} says about one backend; immutable, and always something that proxyd understands.
 *
 * @param host name or IP literal under which the proxies reach the backend
 * @param weight 0 to 1000
 * @param metadata anything, by key
 * @param ttl how long the registration outlives an announcer that fell silent; whole seconds
 */
public record Announcement(
        String service, String id, String host, int port, int weight, Map<String, String> metadata, Duration ttl) {

    /** How long a registration outlives its announcer unless something else is asked for. */
    public static final Duration DEFAULT_TTL = Duration.ofSeconds(10);

    private static final Duration MIN_TTL = Duration.ofSeconds(1);
    private static final Duration MAX_TTL = Duration.ofHours(1);

    /** @throws IllegalArgumentException with the value and what was expected, by the rules of the reading side */
    public Announcement {
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        if (ttl.compareTo(MIN_TTL) < 0 || ttl.compareTo(MAX_TTL) > 0 || ttl.toNanosPart() != 0) {
            throw new IllegalArgumentException(
                    "ttl is " + ttl.toMillis() + " ms, expected whole seconds from 1 s to " + MAX_TTL.toHours() + " h");
        }
        AnnouncedValue.check(service, id, host, port, weight, metadata);
    }

    /** With the default weight and TTL, and without metadata. */
    public Announcement(String service, String id, String host, int port) {
        this(service, id, host, port, Registration.DEFAULT_WEIGHT, Map.of(), DEFAULT_TTL);
    }

    /** {@code <service>/<id>}, which is also the key below the prefix. */
    public String name() {
        return service + "/" + id;
    }
}
