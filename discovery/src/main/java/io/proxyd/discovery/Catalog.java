package io.proxyd.discovery;

import java.util.List;

/**
 * Every registration at one registry revision; immutable.
 *
 * @param revision etcd's revision, or a counter of changes where the registry has none
 * @param registrations sorted by service, then id; no two share both
 */
public record Catalog(long revision, List<Registration> registrations, List<Quarantined> quarantined) {}
