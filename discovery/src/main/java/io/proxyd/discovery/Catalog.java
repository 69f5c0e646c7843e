package io.proxyd.discovery;

import java.util.List;
import java.util.Set;

/**
 * Every registration at one registry revision; immutable.
 *
 * @param revision etcd's revision, or a counter of changes where the registry has none
 * @param lineage the history that the revision belongs to
 * @param registrations sorted by service, then id; no two share both
 * @param released names ({@link Registration#name}) of backends whose registration was deleted on purpose a while ago,
 *     and not because its lease ended; none of them is registered
 */
public record Catalog(
        long revision,
        Lineage lineage,
        List<Registration> registrations,
        List<Quarantined> quarantined,
        Set<String> released) {

    /** Before anything is known. */
    public static final Catalog EMPTY = new Catalog(0, List.of(), List.of());

    /** Of a plain lineage, with nothing released. */
    public Catalog(long revision, List<Registration> registrations, List<Quarantined> quarantined) {
        this(revision, Lineage.PLAIN, registrations, quarantined, Set.of());
    }
}
