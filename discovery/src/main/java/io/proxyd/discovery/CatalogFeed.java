package io.proxyd.discovery;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out of a registry: delivers changed catalogs, keeps the status, and logs each change of either once.
 *
 * <p>Written by the registry's one thread; {@link #status} from any.
 */
public final class CatalogFeed {
    private static final Logger log = LoggerFactory.getLogger(CatalogFeed.class);
    private static final int LOGGED_AT_ONCE = 20;

    private final InstantSource clock;
    private final Consumer<Catalog> listener;
    private final String place;
    private volatile RegistryStatus status;
    private @Nullable Catalog newest;
    private boolean lossLogged;
    private boolean denialLogged;

    /**
     * @param kind of the registry, for its status
     * @param place of the registry, for log and errors: an address or a path
     */
    public CatalogFeed(String kind, String place, Consumer<Catalog> listener, InstantSource clock) {
        this.place = place;
        this.listener = listener;
        this.clock = clock;
        this.status = new RegistryStatus(kind, false, 0, null, place + ": not connected yet");
    }

    public RegistryStatus status() {
        return status;
    }

    /**
     * Delivers the catalog unless it says the same as the newest one; a failing listener is logged, not passed on. Names
     * that are no longer {@link Catalog#released} alone are nothing to tell. Only the first catalog counts as confirmed by
     * itself.
     */
    public boolean offer(Catalog catalog) {
        Catalog former = newest;
        boolean same = former != null
                && former.registrations().equals(catalog.registrations())
                && former.quarantined().equals(catalog.quarantined())
                && former.lineage().equals(catalog.lineage())
                && former.released().containsAll(catalog.released());
        if (same) {
            return false;
        }
        newest = catalog;
        RegistryStatus now = status;
        Instant confirmed = former == null ? clock.instant() : now.confirmed();
        status = new RegistryStatus(now.kind(), now.connected(), catalog.revision(), confirmed, now.error());
        logQuarantine(former == null ? List.of() : former.quarantined(), catalog.quarantined());
        try {
            listener.accept(catalog);
        } catch (RuntimeException e) {
            log.error("The listener for catalogs of {} failed on revision {}", place, catalog.revision(), e);
        }
        return true;
    }

    /** The registry said that the newest catalog is current. */
    public void confirmed() {
        RegistryStatus now = status;
        if (now.confirmed() != null) {
            status = new RegistryStatus(now.kind(), now.connected(), now.revision(), clock.instant(), now.error());
        }
    }

    /** The watch stands; what it has to tell may still be to come. */
    public void connected() {
        RegistryStatus now = status;
        if (!now.connected()) {
            log.info("{}: the watch stands at revision {}", place, now.revision());
        }
        lossLogged = false;
        denialLogged = false;
        status = new RegistryStatus(now.kind(), true, now.revision(), now.confirmed(), null);
    }

    /** The watch does not stand; the newest catalog stays. Only the first of several in a row is logged as a warning. */
    public void disconnected(String error) {
        RegistryStatus now = status;
        if (lossLogged) {
            log.debug("{}: still not connected: {}", place, error);
        } else if (newest == null) {
            log.warn("{}: not connected, and no catalog yet: {}", place, error);
        } else {
            log.warn("{}: not connected, the catalog of revision {} stays: {}", place, now.revision(), error);
        }
        lossLogged = true;
        status = new RegistryStatus(now.kind(), false, now.revision(), now.confirmed(), place + ": " + error);
    }

    /** The registry refuses whoever asks; told before {@link #disconnected}. Only the first of several is logged. */
    public void denied(String reason) {
        if (!denialLogged && newest == null) {
            log.error("{}: access is denied, and no catalog yet: {}", place, reason);
        } else if (!denialLogged) {
            log.error("{}: access is denied, the catalog of revision {} stays: {}", place, status.revision(), reason);
        }
        denialLogged = true;
        lossLogged = true;
    }

    private void logQuarantine(List<Quarantined> before, List<Quarantined> after) {
        Set<Quarantined> known = new HashSet<>(before);
        List<Quarantined> fresh =
                after.stream().filter(refused -> !known.contains(refused)).toList();
        fresh.stream()
                .limit(LOGGED_AT_ONCE)
                .forEach(refused -> log.warn("Registration {} is quarantined: {}", refused.key(), refused.reason()));
        if (fresh.size() > LOGGED_AT_ONCE) {
            log.warn("{} more registrations are quarantined", fresh.size() - LOGGED_AT_ONCE);
        }
        Set<String> still = new HashSet<>();
        after.forEach(refused -> still.add(refused.key()));
        before.stream()
                .map(Quarantined::key)
                .filter(key -> !still.contains(key))
                .limit(LOGGED_AT_ONCE)
                .forEach(key -> log.info("Registration {} left quarantine", key));
    }
}
