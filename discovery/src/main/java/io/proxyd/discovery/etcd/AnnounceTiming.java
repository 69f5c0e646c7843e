package io.proxyd.discovery.etcd;

import java.time.Duration;

/**
 * The times an announcer lives by.
 *
 * @param answer how long one call may take
 * @param firstPause bound of the pause after the first failure
 * @param maxPause bound of every pause
 * @param poll how often the acknowledgements are read while draining
 * @param grace how long a drain waits where no proxy is known
 * @param farewell how long an announcer that is closed tries to take its registration away
 */
record AnnounceTiming(
        Duration answer, Duration firstPause, Duration maxPause, Duration poll, Duration grace, Duration farewell) {
    /** The first call of a process takes a while even where all is well. */
    private static final Duration MIN_ANSWER = Duration.ofSeconds(1);

    private static final Duration MAX_ANSWER = Duration.ofSeconds(3);

    /** Of an announcer with leases of this TTL: one silent member of etcd must not cost the lease. */
    static AnnounceTiming of(Duration ttl) {
        Duration third = ttl.dividedBy(3);
        Duration answer = third.compareTo(MIN_ANSWER) < 0 ? MIN_ANSWER : third;
        return new AnnounceTiming(
                answer.compareTo(MAX_ANSWER) > 0 ? MAX_ANSWER : answer,
                Duration.ofMillis(100),
                Duration.ofSeconds(5),
                Duration.ofMillis(150),
                Duration.ofSeconds(1),
                Duration.ofSeconds(3));
    }
}
