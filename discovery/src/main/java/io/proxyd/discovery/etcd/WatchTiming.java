package io.proxyd.discovery.etcd;

import java.time.Duration;

/**
 * The times the watch loop lives by.
 *
 * @param answer how long one call, or one page of a list, may take
 * @param progress how often the watch is asked for a sign of life; three without one end it
 * @param firstPause bound of the pause after the first failure
 * @param maxPause bound of every pause
 * @param audit how often the view is compared with a list, on average
 * @param recheck how long a difference has to last until it counts
 */
record WatchTiming(
        Duration answer, Duration progress, Duration firstPause, Duration maxPause, Duration audit, Duration recheck) {
    static final WatchTiming DEFAULT = new WatchTiming(
            Duration.ofSeconds(5),
            Duration.ofSeconds(2),
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            Duration.ofSeconds(1));

    /** The same with another pace of audits. */
    WatchTiming auditing(Duration interval) {
        return new WatchTiming(answer, progress, firstPause, maxPause, interval, recheck);
    }
}
