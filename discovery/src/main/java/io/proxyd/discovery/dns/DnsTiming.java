package io.proxyd.discovery.dns;

import java.time.Duration;

/**
 * The times host names are followed by.
 *
 * @param minTtl a shorter TTL is taken as this
 * @param maxTtl a longer TTL is taken as this
 * @param withoutTtl how long an answer holds that has no TTL: one of the hosts file
 * @param firstRetry the pause after the first failure; doubles with each further one
 * @param maxRetry bound of that pause
 * @param query how long one question to one name server may take
 */
record DnsTiming(
        Duration minTtl, Duration maxTtl, Duration withoutTtl, Duration firstRetry, Duration maxRetry, Duration query) {
    static final DnsTiming DEFAULT = new DnsTiming(
            Duration.ofSeconds(1),
            Duration.ofMinutes(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Duration.ofSeconds(2));

    /** How long an answer with this TTL holds. */
    Duration hold(Duration ttl) {
        if (ttl.compareTo(minTtl) < 0) {
            return minTtl;
        }
        return ttl.compareTo(maxTtl) > 0 ? maxTtl : ttl;
    }

    /** @param failures in a row, 1 or more */
    Duration retry(int failures) {
        Duration pause = firstRetry;
        for (int i = 1; i < failures && pause.compareTo(maxRetry) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(maxRetry) > 0 ? maxRetry : pause;
    }
}
