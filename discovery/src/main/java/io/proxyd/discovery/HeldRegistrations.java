package io.proxyd.discovery;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a registry holds, by key below its prefix: the mutable thing between a registry's events and its catalogs.
 *
 * <p>A key whose value turned bad keeps its last good registration for as long as it exists. What is not leased leaves on
 * purpose. Kept sorted, so that a catalog after one change costs a copy of a list and no more. Owned by the registry's one
 * thread.
 */
public final class HeldRegistrations {
    private static final Comparator<Registration> BY_SERVICE_AND_ID =
            Comparator.comparing(Registration::service).thenComparing(Registration::id);

    private final UnaryOperator<String> shownKey;
    private final Released released;
    private final Map<String, Held> byKey = new HashMap<>();
    private final Map<String, Registration> byName = new HashMap<>();
    /** The values of {@link #byName}. */
    private final List<Registration> sorted = new ArrayList<>();

    private final Map<String, Quarantined> quarantined = new TreeMap<>();
    private @Nullable List<Registration> sortedCopy;
    private @Nullable List<Quarantined> quarantinedCopy;

    /**
     * What one key says.
     *
     * @param good the registration that counts; null if there never was one
     * @param refused why the newest value does not count; null if it does
     */
    private record Held(@Nullable Registration good, @Nullable Quarantined refused) {
        static final Held NOTHING = new Held(null, null);
    }

    /** @param shownKey turns a key below the prefix into what the operator knows it by */
    public HeldRegistrations(UnaryOperator<String> shownKey, InstantSource clock) {
        this.shownKey = shownKey;
        this.released = new Released(clock);
    }

    /** A key that does not hang on a lease. */
    public void put(String key, Reading reading) {
        put(key, reading, false);
    }

    /** @param leased whether the key ends with a lease */
    public void put(String key, Reading reading, boolean leased) {
        Held former = held(key);
        if (reading instanceof Quarantined refused) {
            Registration last = former.good();
            byKey.put(key, last == null ? new Held(null, refused) : new Held(leased(last, leased), staying(refused)));
        } else if (reading instanceof Registration good) {
            Registration now = leased(good, leased);
            byKey.put(key, new Held(now.equals(former.good()) ? former.good() : now, null));
            released.remove(good.name());
        }
        refresh(key);
    }

    /** A registration known from before, which counts until its key is known. */
    public void remember(Registration registration) {
        put(registration.name(), registration, registration.leased());
    }

    /** The key was deleted; that was on purpose if it was not leased, or had said that it would leave. */
    public void remove(String key) {
        Held gone = byKey.remove(key);
        if (gone == null) {
            return;
        }
        refresh(key);
        Registration good = gone.good();
        if (good != null && (!good.leased() || good.state() == Registration.State.DRAINING)) {
            release(good.name());
        }
    }

    /** The registration was deleted on purpose, if it is still away. */
    public void release(String name) {
        if (!byName.containsKey(name)) {
            released.add(name);
        }
    }

    /** Forgets every key that is not among these. */
    public void keepOnly(Set<String> keys) {
        byKey.keySet().stream().filter(key -> !keys.contains(key)).toList().forEach(this::remove);
    }

    /** What became of the newest value of the key; null if there is no such key. */
    public @Nullable Reading reading(String key) {
        Held held = held(key);
        return held.refused() != null ? held.refused() : held.good();
    }

    /** The registration of this key that counts, if any. */
    public @Nullable Registration registration(String key) {
        return held(key).good();
    }

    public Set<String> keys() {
        return Set.copyOf(byKey.keySet());
    }

    /** Everything held now, in the order a {@link Catalog} promises; shares with the last one what did not change. */
    public Catalog catalog(long revision, Lineage lineage) {
        List<Registration> registrations = sortedCopy == null ? List.copyOf(sorted) : sortedCopy;
        sortedCopy = registrations;
        List<Quarantined> refused = quarantinedCopy == null ? List.copyOf(quarantined.values()) : quarantinedCopy;
        quarantinedCopy = refused;
        return new Catalog(revision, lineage, registrations, refused, released.names());
    }

    /** Shows what follows from a changed key; {@code web} and {@code web/web} claim one backend, which the longer has. */
    private void refresh(String key) {
        String name = key.indexOf('/') < 0 ? key + "/" + key : key;
        Held longer = held(name);
        quarantine(name, longer.refused());
        String single = singleKey(name);
        if (single == null) {
            show(name, longer.good());
            return;
        }
        Held shorter = held(single);
        boolean shadowed = longer.good() != null && shorter.good() != null && shorter.refused() == null;
        quarantine(single, shadowed ? shadowed(single, name) : shorter.refused());
        show(name, longer.good() != null ? longer.good() : shorter.good());
    }

    private void show(String name, @Nullable Registration now) {
        Registration former = now == null ? byName.remove(name) : byName.put(name, now);
        if (former == now) {
            return;
        }
        sortedCopy = null;
        if (former == null) {
            sorted.add(-1 - Collections.binarySearch(sorted, now, BY_SERVICE_AND_ID), now);
            return;
        }
        int place = Collections.binarySearch(sorted, former, BY_SERVICE_AND_ID);
        if (now == null) {
            sorted.remove(place);
        } else {
            sorted.set(place, now);
        }
    }

    private void quarantine(String key, @Nullable Quarantined refused) {
        Quarantined former = refused == null ? quarantined.remove(key) : quarantined.put(key, refused);
        if (former != refused) {
            quarantinedCopy = null;
        }
    }

    private Held held(String key) {
        return byKey.getOrDefault(key, Held.NOTHING);
    }

    private Quarantined shadowed(String single, String name) {
        return new Quarantined(
                shownKey.apply(single),
                "backend id of this single key is " + Refusal.quoted(single) + ", which " + shownKey.apply(name)
                        + " has already; expected only one of the two keys");
    }

    private static Quarantined staying(Quarantined refused) {
        return new Quarantined(refused.key(), refused.reason() + "; its last good value stays in use");
    }

    private static Registration leased(Registration registration, boolean leased) {
        return registration.leased() == leased ? registration : registration.leased(leased);
    }

    /** {@code web} for {@code web/web}; null for others. */
    private static @Nullable String singleKey(String name) {
        int slash = name.indexOf('/');
        String service = name.substring(0, slash);
        return name.length() == 2 * slash + 1 && name.endsWith(service) ? service : null;
    }
}
