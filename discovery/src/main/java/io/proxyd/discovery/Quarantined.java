package io.proxyd.discovery;

/**
 * A registration that could not be understood and is left out.
 *
 * @param key the etcd key or file path
 * @param reason the offending value and what was expected
 */
public record Quarantined(String key, String reason) implements Reading {}
