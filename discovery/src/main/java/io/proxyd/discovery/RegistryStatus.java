package io.proxyd.discovery;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How well the registry is known right now.
 *
 * @param kind {@code etcd}, {@code file} or {@code none}
 * @param connected whether the watch stands
 * @param revision of the newest catalog, 0 before the first
 * @param confirmed when the registry last said that the catalog is current; null before the first catalog
 * @param error why it is not connected; null when it is
 * @param remembered whether the newest catalog was read from disk, as the registry has not answered yet
 * @param upkeep what the watch did to keep the view true
 */
public record RegistryStatus(
        String kind,
        boolean connected,
        long revision,
        @Nullable Instant confirmed,
        @Nullable String error,
        boolean remembered,
        Upkeep upkeep) {

    /** Of a registry that answers for itself and needs no upkeep. */
    public RegistryStatus(
            String kind, boolean connected, long revision, @Nullable Instant confirmed, @Nullable String error) {
        this(kind, connected, revision, confirmed, error, false, Upkeep.NONE);
    }
}
