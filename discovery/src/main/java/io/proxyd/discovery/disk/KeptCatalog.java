package io.proxyd.discovery.disk;

import io.proxyd.discovery.Catalog;
import java.time.Instant;

/**
 * A catalog as it was last known to be good.
 *
 * @param confirmed when the registry last said that it is current
 */
public record KeptCatalog(Catalog catalog, Instant confirmed) {}
