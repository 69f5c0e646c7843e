package io.proxyd.proxy.route;

import io.proxyd.proxy.balance.Candidate;
import io.proxyd.proxy.balance.Latency;
import io.proxyd.proxy.http.FailureKind;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What proxyd itself knows of one backend: its health, its load, its history. Carried from routing table to routing table by
 * {@link Key}, never by weight or metadata, so that nothing is lost when it registers again. Any thread.
 */
public final class LiveBackend implements Candidate {
    /** A backend's identity. */
    public record Key(String service, String id, String host, int port) {
        @Override
        public String toString() {
            return service + "/" + id;
        }

        /** The first 64 bits of the SHA-256 of all parts, which cannot be turned back. */
        long hash() {
            String text = String.join("\0", service, id, host, String.valueOf(port));
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                return ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)))
                        .getLong();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    private final Key key;
    private final long identity;
    private final ServiceState service;
    private final Ejection ejection;
    private final Traffic[] traffic;
    private final InstantSource clock;
    private final BackendEvents events;
    private final Latency latency = new Latency();
    private final WarmUp warmUp = new WarmUp();
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile Terms terms;
    private volatile Instant willingSince;
    private volatile @Nullable InetSocketAddress address;
    private volatile HealthVerdict health;
    private volatile boolean retired;

    /** @param loops how many event loops will send to it */
    LiveBackend(
            Key key,
            Terms terms,
            ServiceState service,
            Ejection ejection,
            int loops,
            InstantSource clock,
            BackendEvents events) {
        this.key = key;
        this.identity = key.hash();
        this.terms = terms;
        this.service = service;
        this.ejection = ejection;
        this.clock = clock;
        this.events = events;
        this.willingSince = clock.instant();
        this.traffic = Traffic.perLoop(loops);
        this.health = new HealthVerdict(HealthVerdict.Health.UNCHECKED, "not checked yet", willingSince);
    }

    public Key key() {
        return key;
    }

    public Terms terms() {
        return terms;
    }

    /** Called by the control loop when the registration or configuration changed. */
    void terms(Terms newTerms) {
        if (newTerms.willing() != terms.willing()) {
            willingSince = clock.instant();
        }
        terms = newTerms;
        service.changed();
    }

    /** When its terms last began or ceased to let it take new requests; when it was found, if they never changed. */
    public Instant willingSince() {
        return willingSince;
    }

    /** Where to connect; null until its host name was resolved for the first time. */
    public @Nullable InetSocketAddress address() {
        return address;
    }

    /** Sets the resolved address. */
    public void address(InetSocketAddress resolved) {
        address = resolved;
        service.changed();
    }

    public HealthVerdict health() {
        return health;
    }

    /**
     * Sets the verdict of the active health checks; one thread at a time. Checks that pass again after they failed end an
     * ejection, too: they are the newer proof.
     */
    public void health(HealthVerdict verdict) {
        HealthVerdict before = health;
        health = verdict;
        service.changed();
        if (before.health() == verdict.health()) {
            return;
        }
        events.healthChanged(this, verdict);
        if (before.health() == HealthVerdict.Health.FAILING && verdict.health() == HealthVerdict.Health.PASSING) {
            reached("its health check passes again");
        }
    }

    public Ejection ejection() {
        return ejection;
    }

    /** A connection to it opened. */
    public void connected() {
        reached("a connection opened");
    }

    private void reached(String how) {
        Ejection.Cleared cleared = ejection.succeeded(clock);
        if (cleared == Ejection.Cleared.NOTHING) {
            return;
        }
        service.changed();
        if (cleared == Ejection.Cleared.EJECTION) {
            events.restored(this, how);
        }
    }

    /**
     * A connection to it did not open.
     *
     * @return whether this ejected it
     */
    public boolean connectFailed(long nowNanos, Instant now) {
        boolean ejected = ejection.failed(nowNanos, now);
        if (ejected) {
            service.changed();
            events.ejected(this);
        }
        return ejected;
    }

    @Override
    public Latency latency() {
        return latency;
    }

    /** Since when it could be picked. */
    WarmUp warmUp() {
        return warmUp;
    }

    @Override
    public long identity() {
        return identity;
    }

    /** Whether those who have a session at it may still come while it drains. */
    boolean keepsSessionsInDrain() {
        Terms current = terms;
        return current.weight() > 0
                && address != null
                && health.health() != HealthVerdict.Health.FAILING
                && current.drainEnd().map(clock.instant()::isBefore).orElse(true);
    }

    /**
     * The head of a response came.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public void answered(int status, long nowNanos) {}

    /**
     * An attempt that had a connection ended without a whole response, by the backend's doing.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public void failed(FailureKind kind, long nowNanos) {}

    /**
     * An attempt, connecting or waiting for its answer, takes longer than is normal for the service. Told once for each attempt.
     *
     * @param startNanos when it was sent, as {@link System#nanoTime}
     */
    public void late(long startNanos, long nowNanos) {}

    /** It asked to be left alone for a while, by Retry-After. */
    public void askedForRest(Duration time, long nowNanos) {}

    /** Says that no routing table names it any more; its connections are not kept. */
    public void retire() {
        retired = true;
    }

    public boolean retired() {
        return retired;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    /** An attempt starts. */
    public void attemptStarted() {
        inFlight.getAndIncrement();
    }

    /** An attempt has ended, however. */
    public void attemptEnded() {
        inFlight.getAndDecrement();
    }

    /** The one that is registered, or that an operator gave it; what counts in a pick may be less. */
    public int weight() {
        return terms.weight();
    }

    /** What one event loop counted. */
    public Traffic traffic(int loop) {
        return traffic[loop];
    }

    /** What each event loop counted. */
    public Traffic[] traffic() {
        return traffic.clone();
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
