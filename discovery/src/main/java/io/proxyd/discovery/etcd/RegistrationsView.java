package io.proxyd.discovery.etcd;

import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistrationReader;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The registrations below a prefix, delivered as catalogs.
 *
 * <p>Knows the lease of each key: a key that an event deletes while its lease lives on was deleted on purpose.
 */
final class RegistrationsView implements KeyView {
    private final RegistrationReader reader;
    private final HeldRegistrations held;
    private final CatalogFeed feed;
    private final Map<String, Long> leases = new HashMap<>();
    /** Names of backends that were deleted, by the lease that decides whether on purpose. */
    private final Map<Long, Set<String>> inDoubt = new HashMap<>();

    private final Set<Long> unasked = new TreeSet<>();

    RegistrationsView(RegistrationReader reader, HeldRegistrations held, CatalogFeed feed) {
        this.reader = reader;
        this.held = held;
        this.feed = feed;
    }

    @Override
    public void put(StoredKey key) {
        boolean leased = key.lease() != 0;
        held.put(key.name(), reader.read(key.name(), key.value()), leased);
        if (leased) {
            leases.put(key.name(), key.lease());
        } else {
            leases.remove(key.name());
        }
    }

    @Override
    public void delete(String name) {
        Long lease = leases.remove(name);
        Registration registration = held.registration(name);
        if (lease != null && registration != null) {
            inDoubt.computeIfAbsent(lease, id -> new HashSet<>()).add(registration.name());
            unasked.add(lease);
        }
        held.remove(name);
    }

    @Override
    public void keepOnly(Set<String> names) {
        held.keepOnly(names);
        leases.keySet().retainAll(names);
    }

    @Override
    public void deliver(long revision, Lineage lineage) {
        feed.offer(held.catalog(revision, lineage));
    }

    @Override
    public Set<Long> leasesInDoubt() {
        if (unasked.isEmpty()) {
            return Set.of();
        }
        Set<Long> leasesToAsk = Set.copyOf(unasked);
        unasked.clear();
        return leasesToAsk;
    }

    @Override
    public void leaseTold(long lease, boolean alive) {
        Set<String> names = inDoubt.remove(lease);
        if (names != null && alive) {
            names.forEach(held::release);
        }
    }

    @Override
    public void confirmed() {
        feed.confirmed();
    }

    @Override
    public void connected() {
        feed.connected();
    }

    @Override
    public void disconnected(String error) {
        feed.disconnected(error);
    }

    @Override
    public void denied(String reason) {
        feed.denied(reason);
    }
}
