package io.proxyd.proxy.route;

import io.proxyd.proxy.balance.Candidate;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;
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
    }

    /**
     * What was registered or configured, apart from the identity.
     *
     * @param source {@code registry} or {@code config}
     */
    public record Terms(int weight, boolean draining, Map<String, String> metadata, String source) {}

    private final Key key;
    private final ServiceState service;
    private final Ejection ejection;
    private final Traffic[] traffic;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile Terms terms;
    private volatile @Nullable InetSocketAddress address;
    private volatile HealthVerdict health;
    private volatile boolean retired;

    /** @param loops how many event loops will send to it */
    LiveBackend(Key key, Terms terms, ServiceState service, Ejection ejection, int loops, Instant now) {
        this.key = key;
        this.terms = terms;
        this.service = service;
        this.ejection = ejection;
        this.traffic = Traffic.perLoop(loops);
        this.health = new HealthVerdict(HealthVerdict.Health.UNCHECKED, "not checked yet", now);
    }

    public Key key() {
        return key;
    }

    public Terms terms() {
        return terms;
    }

    /** Called by the control loop when the registration or configuration changed. */
    void terms(Terms newTerms) {
        terms = newTerms;
        service.changed();
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

    /** Sets the verdict of the active health checks. */
    public void health(HealthVerdict verdict) {
        health = verdict;
        service.changed();
    }

    public Ejection ejection() {
        return ejection;
    }

    /** A connection to it opened. */
    public void connected() {
        if (ejection.succeeded()) {
            service.changed();
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
        }
        return ejected;
    }

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

    @Override
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
