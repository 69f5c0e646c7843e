package io.proxyd.proxy.evidence;

import java.time.Instant;

/**
 * A point in time by two clocks.
 *
 * @param time of day, for people
 * @param nanos as {@link System#nanoTime}, for durations
 */
public record Moment(Instant time, long nanos) {}
