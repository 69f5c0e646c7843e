package io.proxyd.proxy.route;

import io.proxyd.config.BalancingConfig;
import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.FallbackConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.Score;
import io.proxyd.proxy.balance.Weighted;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A service within one routing table: its policies and its backends. Any thread. */
public final class Service {
    private final ServiceConfig config;
    private final List<LiveBackend> backends;
    private final ServiceState state;
    private final @Nullable String zone;
    private final Selection selection;
    private final @Nullable RequestHash hash;
    private final @Nullable Sessions sessions;
    /** Concurrent requests that one backend may get; 0 for any number. */
    private final int backendRequests;

    private final byte @Nullable [] page;
    private volatile @Nullable Choice choice;

    /** @param zone proxyd's own; null for none */
    Service(ServiceConfig config, @Nullable String zone, List<LiveBackend> backends, ServiceState state) {
        BalancingConfig balancing = config.balancing();
        this.config = config;
        this.zone = zone;
        this.backends = List.copyOf(backends);
        this.state = state;
        this.backendRequests = config.limits().backendRequests();
        this.page = page(config.fallback());
        this.selection = new Selection(balancing, state, zone);
        this.hash = balancing.algorithm() == Algorithm.CONSISTENT_HASH ? RequestHash.by(balancing.hashKey()) : null;
        this.sessions = balancing.sticky() == null ? null : new Sessions(balancing.sticky(), backends);
    }

    private static byte @Nullable [] page(FallbackConfig fallback) {
        return fallback.page() == null ? null : fallback.page().html().getBytes(StandardCharsets.UTF_8);
    }

    public String name() {
        return config.name();
    }

    public ServiceConfig config() {
        return config;
    }

    /** The zone that proxyd was in when this was built; null for none. */
    @Nullable String zone() {
        return zone;
    }

    /** All backends, sorted by id. */
    public List<LiveBackend> backends() {
        return backends;
    }

    /** The backend of this identity, or null. */
    public @Nullable LiveBackend backend(LiveBackend.Key key) {
        int low = 0;
        int high = backends.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            LiveBackend found = backends.get(middle);
            int order = found.key().id().compareTo(key.id());
            if (order == 0) {
                return found.key().equals(key) ? found : null;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    public ServiceState state() {
        return state;
    }

    /**
     * Picks a backend for a request: the one that its session is kept at, as long as that is up or drains; else by the balancer.
     * One that has as many requests as it may have at once is passed over.
     *
     * @param head borrowed for the call
     * @param excluded not to be picked, usually empty
     * @param nowNanos as {@link System#nanoTime}
     * @param random the calling event loop's own
     * @return null if all are excluded or full, or none takes requests
     */
    public @Nullable LiveBackend pick(
            RequestHead head, Collection<LiveBackend> excluded, long nowNanos, SplittableRandom random) {
        if (sessions != null) {
            LiveBackend own = sessions.backend(head);
            if (own != null && !excluded.contains(own) && !full(own) && keepsSessions(own, nowNanos)) {
                return own;
            }
        }
        Balancer<LiveBackend> balancer = balancer(nowNanos);
        long hashed = hash == null ? 0 : hash.of(head, random);
        LiveBackend picked = balancer.pick(hashed, excluded, nowNanos, random);
        return picked == null || takes(picked, nowNanos)
                ? picked
                : instead(picked, balancer, hashed, excluded, nowNanos, random);
    }

    private boolean takes(LiveBackend backend, long nowNanos) {
        return !full(backend) && backend.admits(nowNanos);
    }

    private boolean full(LiveBackend backend) {
        return backendRequests > 0 && backend.inFlight() >= backendRequests;
    }

    /**
     * Whether there are backends for requests, and each has as many as it may have at once. Event loops that ask at the same
     * time may both be told that there is room for one.
     */
    public boolean full(long nowNanos) {
        if (backendRequests == 0) {
            return false;
        }
        List<Weighted<LiveBackend>> shares = choice(nowNanos).shares();
        for (Weighted<LiveBackend> share : shares) {
            if (!full(share.candidate())) {
                return false;
            }
        }
        return !shares.isEmpty();
    }

    /** Picks another one than those that take no further request for now, as they are full, or on trial after an ejection. */
    private @Nullable LiveBackend instead(
            LiveBackend refusing,
            Balancer<LiveBackend> balancer,
            long hashed,
            Collection<LiveBackend> excluded,
            long nowNanos,
            SplittableRandom random) {
        List<LiveBackend> passed = new ArrayList<>(excluded);
        LiveBackend onTrial = null;
        LiveBackend picked = refusing;
        while (picked != null) {
            passed.add(picked);
            onTrial = onTrial == null && !full(picked) ? picked : onTrial;
            picked = balancer.pick(hashed, passed, nowNanos, random);
            if (picked != null && takes(picked, nowNanos)) {
                return picked;
            }
        }
        return onTrial; // a request is better served there than not at all
    }

    private boolean keepsSessions(LiveBackend backend, long nowNanos) {
        Standing standing = standing(backend, nowNanos);
        return standing == Standing.UP
                || (standing == Standing.DRAINING && backend.keepsSessionsInDrain() && !backend.out(nowNanos));
    }

    /**
     * A backend for a request that has failed at all that are up: one of those that are out, as it may be well by now, and the
     * request would fail without it. What its health check does not speak against comes first.
     *
     * @return null if all are excluded, none is willing, or only those that are up may be used
     */
    public @Nullable LiveBackend lastResort(Collection<LiveBackend> excluded, long nowNanos) {
        if (config.balancing().panic().mode() == BalancingConfig.Panic.Mode.FAIL) {
            return null;
        }
        LiveBackend unhealthy = null;
        for (LiveBackend backend : backends) {
            Standing standing = standing(backend, nowNanos);
            if (!standing.willing() || excluded.contains(backend)) {
                continue;
            }
            if (standing != Standing.UNHEALTHY) {
                return backend;
            }
            unhealthy = backend;
        }
        return unhealthy;
    }

    /**
     * The whole {@code Set-Cookie} line, with its end, that keeps a session at the backend whose response it is written into; null
     * if that is not wanted or the request already came with that cookie.
     *
     * @param head of the request; borrowed for the call
     */
    public byte @Nullable [] setCookie(RequestHead head, LiveBackend used) {
        return sessions == null || sessions.backend(head) == used ? null : sessions.line(used);
    }

    /**
     * The HTML page that is sent in the place of proxyd's own text when a request fails so; null if there is none. Not to be
     * changed.
     */
    public byte @Nullable [] page(FailureKind kind) {
        boolean covered = kind == FailureKind.NO_BACKEND
                || kind == FailureKind.OVERLOADED
                || kind.side() == FailureKind.Side.BACKEND;
        return covered ? page : null;
    }

    /** What the balancer would go by for this backend; null if it may not be picked at the moment. Slow, for people. */
    public @Nullable Score score(LiveBackend backend, long nowNanos) {
        return balancer(nowNanos).score(backend, nowNanos);
    }

    /** The share of requests that its weight gives a backend, from 0 to 1; 0 if it may not be picked. Slow, for people. */
    public double share(LiveBackend backend, long nowNanos) {
        double own = 0;
        double all = 0;
        for (Weighted<LiveBackend> share : choice(nowNanos).shares()) {
            all += share.weight();
            own += share.candidate() == backend ? share.weight() : 0;
        }
        return all == 0 ? 0 : own / all;
    }

    /**
     * The balancer over the backends that may be picked now.
     *
     * @param nowNanos the current {@link System#nanoTime}, by which ejections end and slow starts go on
     */
    public Balancer<LiveBackend> balancer(long nowNanos) {
        return choice(nowNanos).balancer();
    }

    /** Whether so few backends are up that the rules for a panic hold. */
    public boolean panic(long nowNanos) {
        return choice(nowNanos).panic();
    }

    private Choice choice(long nowNanos) {
        Choice current = choice;
        if (current == null || current.version() != state.version() || nowNanos - current.validUntilNanos() >= 0) {
            current = choose(current, nowNanos);
            choice = current;
        }
        return current;
    }

    private Choice choose(@Nullable Choice before, long nowNanos) {
        int version = state.version();
        List<LiveBackend> willing = new ArrayList<>();
        List<LiveBackend> up = new ArrayList<>();
        long validUntil = nowNanos + Long.MAX_VALUE / 2;
        for (LiveBackend backend : backends) {
            Standing standing = standing(backend, nowNanos);
            if (!standing.willing()) {
                continue;
            }
            willing.add(backend);
            if (standing == Standing.UP) {
                up.add(backend);
            }
            if (backend.out(nowNanos) && backend.backNanos(nowNanos) - validUntil < 0) {
                validUntil = backend.backNanos(nowNanos);
            }
        }
        return selection.choose(before, willing, up, version, nowNanos, validUntil);
    }

    /**
     * Where a backend of this service stands: the one place that knows which evidence counts before which. The first of these
     * that speaks against it decides:
     *
     * <ol>
     *   <li>the operator, whose intents are part of the {@link Terms}: a drain, and a weight in the place of the registered one
     *   <li>its own registration: its state, then its weight
     *   <li>its own health check, if it says that it drains
     *   <li>whether its host name was ever resolved
     *   <li>the active health checks; for a backend that is only kept, that none has passed yet
     *   <li>the passive ejection
     *   <li>the rest that it asked for
     *   <li>that it is new and not checked yet
     * </ol>
     *
     * <p>Whether it is there at all was decided before, by registry, probation and brake.
     */
    public Standing standing(LiveBackend backend, long nowNanos) {
        Terms terms = backend.terms();
        if (terms.draining()) {
            return Standing.DRAINING;
        }
        if (terms.weight() == 0) {
            return Standing.DISABLED;
        }
        HealthVerdict verdict = backend.health();
        if (verdict.drainingSince() != null) {
            return Standing.DRAINING;
        }
        if (backend.address() == null) {
            return Standing.UNRESOLVED;
        }
        HealthVerdict.Health health = verdict.health();
        if (health == HealthVerdict.Health.FAILING) {
            return Standing.UNHEALTHY;
        }
        boolean unchecked = health == HealthVerdict.Health.UNCHECKED;
        if (unchecked && terms.source().kept()) {
            return Standing.UNCONFIRMED;
        }
        if (backend.ejection().active(nowNanos)) {
            return Standing.EJECTED;
        }
        if (backend.rest().active(nowNanos)) {
            return Standing.RESTING;
        }
        if (unchecked && HealthRules.checkedBeforeTraffic(config.healthCheck())) {
            return Standing.UNCHECKED;
        }
        return Standing.UP;
    }

    /** When a backend came to where it stands. */
    public Instant since(LiveBackend backend, Standing standing) {
        return switch (standing) {
            case DRAINING -> drainingSince(backend);
            case DISABLED -> backend.willingSince();
            case EJECTED -> backend.ejection().since();
            case RESTING -> backend.rest().since();
            case UNRESOLVED, UNHEALTHY, UNCONFIRMED, UNCHECKED ->
                backend.health().since();
            case UP ->
                latest(
                        backend.willingSince(),
                        latest(backend.health().since(), backend.ejection().ended()));
        };
    }

    private static Instant drainingSince(LiveBackend backend) {
        Instant said = backend.health().drainingSince();
        return said == null || backend.terms().draining() ? backend.willingSince() : said;
    }

    private static Instant latest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
