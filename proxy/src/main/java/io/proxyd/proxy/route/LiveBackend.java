package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(LiveBackend.class);

    private final Key key;
    private final long identity;
    private final ServiceState service;
    private final Ejection ejection;
    private final Traffic[] traffic;
    private final InstantSource clock;
    private final BackendEvents events;
    private final Latency latency = new Latency();
    private final WarmUp warmUp = new WarmUp();
    private final Rest rest = new Rest();
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
            ServiceConfig.Ejection rule,
            int loops,
            InstantSource clock,
            BackendEvents events) {
        this.key = key;
        this.identity = key.hash();
        this.terms = terms;
        this.service = service;
        this.ejection =
                new Ejection(rule, (share, now, ejecting) -> service.ejected().eject(this, share, now, ejecting));
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
     * Sets the verdict of the active health checks; one thread at a time. Checks that pass again after they failed may end an
     * ejection, too: they are the newer proof.
     */
    public void health(HealthVerdict verdict) {
        health(verdict, System.nanoTime());
    }

    /** @param nowNanos as {@link System#nanoTime} */
    void health(HealthVerdict verdict, long nowNanos) {
        HealthVerdict before = health;
        health = verdict;
        service.changed();
        boolean draining = verdict.drainingSince() != null;
        if (draining != (before.drainingSince() != null)) {
            events.drainingChanged(this, draining);
        }
        if (before.health() == verdict.health()) {
            return;
        }
        events.healthChanged(this, verdict);
        if (before.health() == HealthVerdict.Health.FAILING && verdict.health() == HealthVerdict.Health.PASSING) {
            latency.restart();
            tell(ejection.acquitted(nowNanos, clock));
        }
    }

    public Ejection ejection() {
        return ejection;
    }

    /**
     * The checks that were made because of an ejection have passed: it may end early.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public void acquitted(long nowNanos) {
        tell(ejection.acquitted(nowNanos, clock));
    }

    /** A connection to it opened. */
    public void connected() {
        connected(System.nanoTime());
    }

    /** @param nowNanos as {@link System#nanoTime} */
    void connected(long nowNanos) {
        tell(ejection.connected(nowNanos, clock));
    }

    /**
     * A connection to it did not open.
     *
     * @param nowNanos as {@link System#nanoTime}
     * @return whether this ejected it
     */
    public boolean connectFailed(long nowNanos, Instant now) {
        return tell(ejection.connectFailed(nowNanos, () -> now)) == Ejection.Effect.EJECTED;
    }

    private Ejection.Effect tell(Ejection.Effect effect) {
        switch (effect) {
            case NONE -> {}
            case EJECTED -> {
                service.changed();
                LOG.warn("{} ({}) is ejected until {}: {}", this, address, ejection.ended(), ejection.evidence());
                events.ejected(this);
            }
            case REFUSED -> {
                if (service.ejected().firstRefusal()) {
                    LOG.warn(
                            "{} ({}) is not ejected, as too many of its service are or none would be left",
                            this,
                            address);
                    events.ejectionRefused(this);
                }
            }
            case ON_TRIAL -> {
                latency.restart();
                service.changed();
            }
            case RESTORED -> {
                LOG.info("{} ({}) answers again after its ejection", this, address);
                events.restored(this, "it answers again");
            }
        }
        return effect;
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
    public void answered(int status, long nowNanos) {
        if (Ejection.isGatewayError(status)) {
            latency.failed(nowNanos);
        }
        Ejection.Effect effect = ejection.answered(status, nowNanos, clock);
        if (effect != Ejection.Effect.NONE) {
            tell(effect);
        }
    }

    /**
     * An attempt that had a connection ended without a whole response, by the backend's doing. Failed connects and tunnels that
     * lie idle say nothing here.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public void failed(FailureKind kind, long nowNanos) {
        boolean counts =
                switch (kind) {
                    case BACKEND_CLOSED,
                            BAD_RESPONSE,
                            RESPONSE_TRUNCATED,
                            RESPONSE_HEAD_TIMEOUT,
                            RESPONSE_BODY_TIMEOUT,
                            EXCHANGE_TIMEOUT -> true;
                    default -> false;
                };
        if (counts) {
            latency.failed(nowNanos);
            tell(ejection.gatewayError(nowNanos, clock));
        }
    }

    /**
     * An attempt, connecting or waiting for its answer, takes longer than is normal for the service. Told once for each attempt.
     *
     * @param startNanos when it was sent, as {@link System#nanoTime}
     */
    public void late(long startNanos, long nowNanos) {
        tell(ejection.late(startNanos, nowNanos, clock));
    }

    /**
     * It fails so many more of its attempts than the other backends of its service that it is to be ejected.
     *
     * @param evidence in words for the operator
     * @param nowNanos as {@link System#nanoTime}
     */
    public void outlier(String evidence, long nowNanos) {
        tell(ejection.outlier(evidence, nowNanos, clock));
    }

    /** It asked to be left alone for a while, by Retry-After: it is, for a bounded time, while others are left. */
    public void askedForRest(Duration time, long nowNanos) {
        boolean begun = service.ejected().others(this, nowNanos) && rest.askedFor(time, nowNanos, clock);
        if (begun) {
            service.changed();
        }
    }

    /** The rest that it asked for. */
    public Rest rest() {
        return rest;
    }

    /** Whether it is ejected or rests at that time; {@link #backNanos} says until when. */
    boolean out(long nowNanos) {
        return ejection.active(nowNanos) || rest.active(nowNanos);
    }

    /** When the next thing that keeps it out ends, as {@link System#nanoTime}; meaningful while {@link #out}. */
    long backNanos(long nowNanos) {
        return ejection.active(nowNanos) ? ejection.endNanos() : rest.endNanos();
    }

    /**
     * Whether the request for which it was picked may go to it: always, but for a while after an ejection, when it takes one at a
     * time. To be asked once for each pick. While nothing is wrong that is one volatile read.
     *
     * @param nowNanos as {@link System#nanoTime}
     */
    public boolean admits(long nowNanos) {
        return ejection.admits(nowNanos);
    }

    /** Says that no routing table names it any more; its connections are not kept. */
    public void retire() {
        retired = true;
    }

    /** Says that a routing table names it again. */
    void revive() {
        retired = false;
    }

    /** Whether it belongs to that service. */
    boolean isOf(ServiceState other) {
        return service == other;
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
