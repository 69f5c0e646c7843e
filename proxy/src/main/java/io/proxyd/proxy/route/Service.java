package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.balance.Balancer;
import io.proxyd.proxy.balance.LeastRequest;
import io.proxyd.proxy.balance.RoundRobin;
import io.proxyd.proxy.http.RequestHead;
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
    private volatile @Nullable Choice choice;

    /** The balancer over those that may be picked, with what it was made from. */
    private record Choice(
            Balancer<LiveBackend> balancer, List<Share> shares, boolean panic, int version, long validUntilNanos) {}

    private record Share(LiveBackend backend, int weight) {}

    Service(ServiceConfig config, List<LiveBackend> backends, ServiceState state) {
        this.config = config;
        this.backends = List.copyOf(backends);
        this.state = state;
    }

    public String name() {
        return config.name();
    }

    public ServiceConfig config() {
        return config;
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
     * The balancer over the backends that may be picked now; over all willing ones if none is healthy (panic).
     *
     * @param nowNanos the current {@link System#nanoTime}, by which ejections end
     */
    public Balancer<LiveBackend> balancer(long nowNanos) {
        return choice(nowNanos).balancer();
    }

    /**
     * Picks a backend for a request.
     *
     * @param head borrowed for the call
     * @param excluded not to be picked, usually empty
     * @param nowNanos as {@link System#nanoTime}
     * @param random the calling event loop's own
     * @return null if all are excluded or none takes requests
     */
    public @Nullable LiveBackend pick(
            RequestHead head, Collection<LiveBackend> excluded, long nowNanos, SplittableRandom random) {
        Balancer<LiveBackend> balancer = balancer(nowNanos);
        LiveBackend picked = balancer.pick(excluded, random);
        return picked == null || picked.admits(nowNanos)
                ? picked
                : instead(picked, balancer, excluded, nowNanos, random);
    }

    /** Picks another one than those that take no further request for now, as they are on trial after an ejection. */
    private static LiveBackend instead(
            LiveBackend refusing,
            Balancer<LiveBackend> balancer,
            Collection<LiveBackend> excluded,
            long nowNanos,
            SplittableRandom random) {
        List<LiveBackend> passed = new ArrayList<>(excluded);
        LiveBackend picked = refusing;
        while (picked != null) {
            passed.add(picked);
            picked = balancer.pick(passed, random);
            if (picked != null && picked.admits(nowNanos)) {
                return picked;
            }
        }
        return refusing; // all are on trial, and a request is better served there than not at all
    }

    /** Whether no backend is healthy, so that health is ignored. */
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

    /**
     * Two event loops may do this at once; they come to the same result.
     *
     * @param before whose balancer goes on if it is over the same backends, so that its round does not start anew
     */
    private Choice choose(@Nullable Choice before, long nowNanos) {
        int version = state.version();
        List<LiveBackend> willing =
                backends.stream().filter(b -> standing(b, nowNanos).willing()).toList();
        List<LiveBackend> usable = willing.stream()
                .filter(b -> standing(b, nowNanos) == Standing.UP)
                .toList();
        boolean panic = usable.isEmpty() && !willing.isEmpty();
        long validUntil = nowNanos + Long.MAX_VALUE / 2;
        for (LiveBackend backend : willing) {
            if (backend.out(nowNanos) && backend.backNanos(nowNanos) - validUntil < 0) {
                validUntil = backend.backNanos(nowNanos);
            }
        }
        List<LiveBackend> chosen = panic ? willing : usable;
        List<Share> shares = chosen.stream().map(b -> new Share(b, b.weight())).toList();
        Balancer<LiveBackend> balancer =
                before != null && before.shares().equals(shares) ? before.balancer() : balancerOver(chosen);
        return new Choice(balancer, shares, panic, version, validUntil);
    }

    private Balancer<LiveBackend> balancerOver(List<LiveBackend> candidates) {
        return switch (config.balancing().algorithm()) {
            case PEAK_EWMA, RANDOM, CONSISTENT_HASH, LEAST_REQUEST -> new LeastRequest<>(candidates);
            case ROUND_ROBIN -> new RoundRobin<>(candidates, new SplittableRandom());
        };
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
