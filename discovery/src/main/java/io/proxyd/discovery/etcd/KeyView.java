package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import java.util.Set;

/** What a watch loop keeps of the keys below its prefix, and whom it tells. On the loop's thread alone. */
interface KeyView {
    /** A key as it is now, from a list or an event. */
    void put(StoredKey key);

    /** A key was deleted, as an event told. */
    void delete(String name);

    /** Forgets every key that is not among these, as a list told. */
    void keepOnly(Set<String> names);

    /** All changes up to this revision were told; whoever follows the view may see it now. */
    void deliver(long revision, Lineage lineage);

    /** etcd said that the view is current. */
    void confirmed();

    /** The watch stands. */
    void connected();

    /** The watch does not stand; the view stays. */
    void disconnected(String error);

    /** etcd refuses whoever asks: rights, a user or a password are missing. Told before {@link #disconnected}. */
    default void denied(String reason) {}

    /** The leases of keys that {@link #delete} was told of since the last call and whose being alive matters. */
    default Set<Long> leasesInDoubt() {
        return Set.of();
    }

    /**
     * Answers {@link #leasesInDoubt}, once for each lease.
     *
     * @param alive whether etcd said that it is alive; also false when it could not be asked
     */
    default void leaseTold(long lease, boolean alive) {}
}
