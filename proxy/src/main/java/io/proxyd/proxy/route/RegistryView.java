package io.proxyd.proxy.route;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The registry as it is believed, and what the operators want; immutable. Parts that say the same as in the view before are
 * best the same objects, as then they are compared at no cost.
 *
 * @param catalog the newest one
 * @param rosters by service, those of services that are not configured included
 * @param intents in force, by service and backend id
 * @param intentsRevision of the registry, up to which the intents are known
 */
public record RegistryView(
        Catalog catalog, Map<String, Roster> rosters, Map<String, Map<String, Intent>> intents, long intentsRevision) {

    /** With intents that were never in a registry. */
    public RegistryView(Catalog catalog, Map<String, Roster> rosters, Map<String, Map<String, Intent>> intents) {
        this(catalog, rosters, intents, 0);
    }

    /** The same with the revision of the intents. */
    public RegistryView at(long revision) {
        return new RegistryView(catalog, rosters, intents, revision);
    }

    /** A catalog that is believed as it stands, with no intents. */
    public static RegistryView of(Catalog catalog) {
        Map<String, Roster> rosters = new HashMap<>();
        boolean remembered = catalog.lineage().remembered();
        byService(catalog, Map.of())
                .forEach((name, registered) -> rosters.put(name, new Roster(registered, List.of(), remembered)));
        return new RegistryView(catalog, rosters, Map.of());
    }

    /**
     * The registrations of each service that has any, by id.
     *
     * @param before the answer for an earlier catalog, whose lists are taken over where they say the same
     * @throws IllegalArgumentException if the catalog is not sorted by service
     */
    public static Map<String, List<Registration>> byService(Catalog catalog, Map<String, List<Registration>> before) {
        List<Registration> all = catalog.registrations();
        Map<String, List<Registration>> lists = new HashMap<>();
        int end;
        for (int start = 0; start < all.size(); start = end) {
            String service = all.get(start).service();
            end = start + 1;
            while (end < all.size() && all.get(end).service().equals(service)) {
                end++;
            }
            List<Registration> known = before.get(service);
            List<Registration> part = all.subList(start, end);
            if (lists.put(service, known != null && known.equals(part) ? known : List.copyOf(part)) != null) {
                throw new IllegalArgumentException("the registrations of service " + service
                        + " are not side by side in the catalog of revision " + catalog.revision()
                        + ", expected it sorted by service");
            }
        }
        return lists;
    }

    /** The catalog together with what is kept although the registry dropped it: what a later process should know. */
    public Catalog believed() {
        List<Registration> kept = rosters.values().stream()
                .flatMap(roster -> roster.kept().stream())
                .map(Roster.Kept::registration)
                .toList();
        if (kept.isEmpty()) {
            return catalog;
        }
        List<Registration> all = new ArrayList<>(catalog.registrations());
        all.addAll(kept);
        all.sort(Comparator.comparing(Registration::service).thenComparing(Registration::id));
        return new Catalog(
                catalog.revision(), catalog.lineage(), List.copyOf(all), catalog.quarantined(), catalog.released());
    }

    Roster roster(String service) {
        return rosters.getOrDefault(service, Roster.EMPTY);
    }

    Map<String, Intent> intents(String service) {
        return intents.getOrDefault(service, Map.of());
    }

    /** Whether the other view says the same of this service. */
    boolean sameOf(String service, RegistryView other) {
        return roster(service).equals(other.roster(service)) && intents(service).equals(other.intents(service));
    }
}
