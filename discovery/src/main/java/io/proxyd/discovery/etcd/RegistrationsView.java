package io.proxyd.discovery.etcd;

import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Reading;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistrationReader;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import java.util.Set;

/** The registrations below a prefix, delivered as catalogs. */
final class RegistrationsView implements KeyView {
    private final RegistrationReader reader;
    private final HeldRegistrations held;
    private final CatalogFeed feed;

    RegistrationsView(RegistrationReader reader, HeldRegistrations held, CatalogFeed feed) {
        this.reader = reader;
        this.held = held;
        this.feed = feed;
    }

    @Override
    public void put(StoredKey key) {
        Reading reading = reader.read(key.name(), key.value());
        boolean leased = key.lease() != 0;
        held.put(key.name(), reading instanceof Registration good ? good.leased(leased) : reading);
    }

    @Override
    public void delete(String name) {
        held.remove(name);
    }

    @Override
    public void keepOnly(Set<String> names) {
        held.keepOnly(names);
    }

    @Override
    public void deliver(long revision, Lineage lineage) {
        feed.offer(held.catalog(revision, lineage));
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
}
