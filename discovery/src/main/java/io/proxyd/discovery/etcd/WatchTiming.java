package io.proxyd.discovery.etcd;

import java.time.Duration;

/**
 * The times the watch loop lives by.
 *
 * @param answer how long one call, or one page of a list, may take
 * @param progress how often the watch is asked for a sign of life; three without one end it
 * @param firstPause bound of the pause after the first failure
 * @param maxPause bound of every pause
 */
record WatchTiming(Duration answer, Duration progress, Duration firstPause, Duration maxPause) {
    static final WatchTiming DEFAULT = new WatchTiming(
            Duration.ofSeconds(5), Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofSeconds(5));
}
