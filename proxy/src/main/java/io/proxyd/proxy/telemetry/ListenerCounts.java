package io.proxyd.proxy.telemetry;

/**
 * What one listener has counted.
 *
 * @param listener its address
 * @param open client connections that are open
 * @param max how many may be
 * @param refused connections reset, as their client had too many
 * @param full how often accepting stopped, as {@code max} were open
 * @param acceptFailures how often accepting failed
 */
public record ListenerCounts(String listener, int open, int max, long refused, long full, long acceptFailures) {}
