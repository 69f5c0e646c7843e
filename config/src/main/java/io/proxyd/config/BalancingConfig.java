package io.proxyd.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How requests are spread over the backends of a service.
 *
 * @param hashKey what consistent hashing keeps together; other algorithms do not look at it
 * @param slowStart how long a backend that proxyd sees for the first time gets less than its share; zero for not at all
 * @param zoneShare the share of the backends in proxyd's own zone that must be up for it to carry all requests; below it the rest
 *     spills over into other zones
 * @param sticky null where sessions are not kept at one backend
 */
public record BalancingConfig(
        Algorithm algorithm,
        HashKey hashKey,
        Duration slowStart,
        double zoneShare,
        @Nullable Sticky sticky,
        Panic panic) {

    /** How one backend is picked among those that may be. */
    public enum Algorithm {
        PEAK_EWMA,
        LEAST_REQUEST,
        ROUND_ROBIN,
        RANDOM,
        CONSISTENT_HASH
    }

    /** Which part of a request is hashed. */
    public sealed interface HashKey {
        /** The address of the client, as trusted proxies tell it. */
        record ClientAddress() implements HashKey {}

        /** The path without the query. */
        record Path() implements HashKey {}

        /** The value of a header field; requests without it are spread at random. */
        record Header(String name) implements HashKey {}

        /** The value of a cookie; requests without it are spread at random. */
        record Cookie(String name) implements HashKey {}
    }

    /**
     * Sessions that stay at the backend which began them.
     *
     * @param cookie the name of the cookie that names the backend
     * @param maxAge how long browsers keep it; zero until they are closed
     */
    public record Sticky(String cookie, Duration maxAge) {}

    /**
     * What happens when too few backends are healthy.
     *
     * @param share below this share of healthy ones among the willing it is panic; 0: when none is left
     */
    public record Panic(double share, Mode mode) {
        /** Whom requests go to in a panic. */
        public enum Mode {
            /** All that are willing, healthy or not. */
            USE_ALL,
            /** Those that were healthy last. */
            LAST_KNOWN,
            /** Only the healthy ones; without any the answer is 503. */
            FAIL
        }
    }
}
