package io.proxyd.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a registry holds, by key below its prefix: the mutable thing between a registry's events and its catalogs.
 *
 * <p>Owned by the registry's one thread.
 */
public final class HeldRegistrations {
    private static final Comparator<Registration> BY_SERVICE_AND_ID =
            Comparator.comparing(Registration::service).thenComparing(Registration::id);

    private final Map<String, Reading> byKey = new HashMap<>();
    private final UnaryOperator<String> shownKey;

    /** @param shownKey turns a key below the prefix into what the operator knows it by */
    public HeldRegistrations(UnaryOperator<String> shownKey) {
        this.shownKey = shownKey;
    }

    public void put(String key, Reading reading) {
        byKey.put(key, reading);
    }

    public void remove(String key) {
        byKey.remove(key);
    }

    /** Forgets every key that is not among these. */
    public void keepOnly(Set<String> keys) {
        byKey.keySet().retainAll(keys);
    }

    public @Nullable Reading reading(String key) {
        return byKey.get(key);
    }

    public Set<String> keys() {
        return Set.copyOf(byKey.keySet());
    }

    /** Everything held now, in the order a {@link Catalog} promises. */
    public Catalog catalog(long revision, Lineage lineage) {
        List<Registration> registrations = new ArrayList<>(byKey.size());
        List<Quarantined> quarantined = new ArrayList<>();
        byKey.forEach((key, reading) -> {
            if (reading instanceof Quarantined refused) {
                quarantined.add(refused);
            } else if (reading instanceof Registration registration) {
                if (isShadowed(key, registration)) {
                    quarantined.add(shadowed(key, registration));
                } else {
                    registrations.add(registration);
                }
            }
        });
        registrations.sort(BY_SERVICE_AND_ID);
        quarantined.sort(Comparator.comparing(Quarantined::key));
        return new Catalog(revision, lineage, List.copyOf(registrations), List.copyOf(quarantined), Set.of());
    }

    /** Whether the key {@code web} and the key {@code web/web} claim the same backend; the longer one has it. */
    private boolean isShadowed(String key, Registration registration) {
        return key.indexOf('/') < 0 && byKey.get(longKey(registration)) instanceof Registration;
    }

    private Quarantined shadowed(String key, Registration registration) {
        return new Quarantined(
                shownKey.apply(key),
                "backend id of this single key is " + Refusal.quoted(registration.id()) + ", which "
                        + shownKey.apply(longKey(registration)) + " has already; expected only one of the two keys");
    }

    private static String longKey(Registration registration) {
        return registration.service() + "/" + registration.id();
    }
}
