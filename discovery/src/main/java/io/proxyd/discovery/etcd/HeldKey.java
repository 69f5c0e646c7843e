package io.proxyd.discovery.etcd;

import io.proxyd.discovery.AnnouncedValue;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.etcd.AnnounceLink.CallFailed;
import io.proxyd.discovery.etcd.AnnounceLink.Found;
import io.proxyd.discovery.etcd.AnnounceLink.Lease;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The key of one announcer with the lease it hangs on: put, kept, mended, given back, and never taken from a newer owner.
 *
 * <p>An announcer takes over what it found when it first looked; what anyone put after that is newer than itself. Each put
 * depends on the revision that was looked at, so that of two announcers one wins and the other learns of it, and so that
 * an answer that was lost does no harm. Used by one thread.
 */
final class HeldKey {
    private static final Logger log = LoggerFactory.getLogger(HeldKey.class);

    private final String key;
    private final String self;
    private final Announcement announcement;
    private final AnnouncedValue value;
    private final InstantSource clock;
    private @Nullable Lease lease;
    private @Nullable Put put;
    private @Nullable Long firstSeen;
    /** Whether a put ever succeeded. */
    private boolean held;
    /** Whether there may be a key of ours: from the attempt to put it until it is known to be gone. */
    private boolean left;

    /** @param self the name of this announcer, unlike that of any other, also of earlier ones of the same backend */
    HeldKey(String prefix, Announcement announcement, String self, InstantSource clock) {
        this.key = prefix + announcement.name();
        this.self = self;
        this.announcement = announcement;
        this.value = new AnnouncedValue(announcement, self);
        this.clock = clock;
    }

    private record Put(long revision, long lease, Optional<Instant> drainDeadline) {}

    /** What became of an attempt to hold the key. */
    sealed interface Outcome {}

    /** @param revision of the put that holds */
    record Held(long revision) implements Outcome {}

    /** @param owner in words */
    record Anothers(String owner) implements Outcome {}

    /** The key changed meanwhile: to be tried again. */
    record Changed() implements Outcome {}

    String key() {
        return key;
    }

    /** Whether there may be something of ours in etcd that others act on. */
    boolean isLeft() {
        return left;
    }

    /** How long the registration lives without a renewal, as far as is known. */
    Duration ttl() {
        Lease granted = lease;
        return granted == null ? announcement.ttl() : granted.ttl();
    }

    /**
     * Renews the lease and puts the key if it is not there as it should be.
     *
     * @param drainDeadline makes the registration a draining one
     */
    Outcome hold(AnnounceLink link, Optional<Instant> drainDeadline) throws CallFailed, InterruptedException {
        Found found = link.look(key);
        if (firstSeen == null) {
            firstSeen = found.revision();
        }
        if (isNewer(found)) {
            forget();
            return new Anothers(ownerOf(found));
        }
        long renewed = renew(link);
        Put last = put;
        boolean isHeld = last != null && last.equals(new Put(found.revision(), renewed, drainDeadline));
        return isHeld ? new Held(found.revision()) : put(link, found, new Put(0, renewed, drainDeadline));
    }

    /**
     * Deletes the key if it is ours.
     *
     * <p>A deletion under a lease that lives tells the proxies that it was meant, so without {@code revoking} the lease,
     * on which nothing hangs any more, is left to end by itself. After a drain they know already.
     *
     * @param revoking whether to end the lease too; not if someone hung a key of their own on it
     * @return whether it is done; else the key changed meanwhile
     */
    boolean release(AnnounceLink link, boolean revoking) throws CallFailed, InterruptedException {
        Found found = link.look(key);
        if (isOurs(found) && !link.deleteIf(key, found.revision())) {
            return false;
        }
        Lease granted = lease;
        forget();
        boolean carriesAnothers = granted != null && !isOurs(found) && found.lease() == granted.id();
        if (revoking && granted != null && !carriesAnothers) {
            link.revoke(granted.id());
        }
        return true;
    }

    private Outcome put(AnnounceLink link, Found found, Put wanted) throws CallFailed, InterruptedException {
        left = true;
        byte[] json = value.json(clock.instant(), wanted.drainDeadline());
        OptionalLong revision = link.putIf(key, found.revision(), json, wanted.lease());
        if (revision.isEmpty()) {
            return new Changed();
        }
        tell(found, wanted, revision.getAsLong());
        held = true;
        put = new Put(revision.getAsLong(), wanted.lease(), wanted.drainDeadline());
        return new Held(revision.getAsLong());
    }

    /** Returns the lease to put under, which lives. */
    private long renew(AnnounceLink link) throws CallFailed, InterruptedException {
        Lease known = lease;
        if (known != null && link.keepAlive(known.id())) {
            return known.id();
        }
        if (known != null) {
            log.info("The lease {} of {} has ended; another one is granted", Long.toHexString(known.id()), key);
            lease = null;
        }
        Lease granted = link.grant(announcement.ttl());
        lease = granted;
        return granted.id();
    }

    private void tell(Found found, Put wanted, long revision) {
        if (wanted.drainDeadline().isPresent()) {
            log.info("{} is draining, at revision {}", key, revision);
        } else if (found.exists() && !isOurs(found)) {
            log.info("{} is registered at revision {}, taken over from {}", key, revision, ownerOf(found));
        } else {
            log.info("{} is {} at revision {}", key, held ? "registered again" : "registered", revision);
        }
    }

    private boolean isOurs(Found found) {
        return found.exists() && AnnouncedValue.announcerOf(found.value()).equals(Optional.of(self));
    }

    /** Whether it was put by another after we first looked; a key we never had is older if it did not change since. */
    private boolean isNewer(Found found) {
        boolean isOld = !held && firstSeen != null && firstSeen == found.revision();
        return found.exists() && !isOurs(found) && !isOld;
    }

    private static String ownerOf(Found found) {
        return AnnouncedValue.announcerOf(found.value()).orElse("someone who left no name");
    }

    /** Nothing of ours is there, and the lease ends by itself unless it is revoked. */
    private void forget() {
        lease = null;
        put = null;
        left = false;
    }
}
