package io.proxyd.proxy.health;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.HealthCheckConfig.Schedule;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The active health checks: one checker for each live backend of the newest routing table, for as long as that backend lives,
 * whatever happens to its registration. Beside them it looks each second for backends that fail more often than others. All of
 * that runs on one event loop; the methods may be called from any thread.
 */
public final class HealthChecks implements BackendEvents, AutoCloseable {
    private static final long SWEEP_SECONDS = 1;
    private static final Counts NONE = new Counts(0, 0);

    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final InstantSource clock;
    private final Pace pace;
    /** Written on the loop only. */
    private final Map<LiveBackend, Checker> checkers = new ConcurrentHashMap<>();

    private final AtomicReference<@Nullable RoutingTable> pending = new AtomicReference<>();
    /** The services of the table that was followed last, by name. On the loop only. */
    private Map<String, Service> followed = Map.of();

    private final Outliers outliers = new Outliers();
    private @Nullable Future<?> sweeping;
    private boolean closed;

    /**
     * How many checks of one backend ended in which way.
     *
     * @param passed checks that passed
     * @param failed checks that failed
     */
    public record Counts(long passed, long failed) {}

    /**
     * @param loop runs the checks; not shut down here
     * @param channels makes client channels that fit the loop
     * @param clock says since when a backend is healthy or not
     * @param random spreads the checks over time; used on the loop only
     */
    public HealthChecks(
            EventLoop loop, ChannelFactory<? extends Channel> channels, InstantSource clock, SplittableRandom random) {
        this.loop = loop;
        this.clock = clock;
        this.pace = new Pace(random);
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(channels)
                .disableResolver()
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0); // each check has its own timeout
    }

    /**
     * Follows a new routing table: begins to check what is new at once, stops checking what is gone, and goes on with the rest;
     * services that it shares with the table before are not looked at.
     * Returns before that is done; if tables come faster, only the newest counts.
     */
    public void update(RoutingTable table) {
        if (pending.getAndSet(table) == null) {
            loop.execute(this::follow);
        }
    }

    /** Checks it at once, and then often until the checks have settled whether it is healthy. */
    @Override
    public void ejected(LiveBackend backend) {
        if (checkers.containsKey(backend)) {
            loop.execute(() -> doubt(backend));
        }
    }

    private void doubt(LiveBackend backend) {
        Checker checker = checkers.get(backend);
        if (checker != null) {
            checker.doubt();
        }
    }

    /** The checks of one backend so far; zeros for one that is not checked. */
    public Counts counts(LiveBackend backend) {
        Checker checker = checkers.get(backend);
        return checker == null ? NONE : checker.counts();
    }

    /** Stops all checks and waits until they have; no verdict changes afterwards. To be called while the loop still runs. */
    @Override
    public void close() {
        if (loop.inEventLoop()) {
            stop();
        } else {
            loop.submit(this::stop).syncUninterruptibly();
        }
    }

    private void stop() {
        closed = true;
        if (sweeping != null) {
            sweeping.cancel(false);
        }
        checkers.values().forEach(Checker::stop);
        checkers.clear();
    }

    private void follow() {
        RoutingTable table = pending.getAndSet(null);
        if (table == null || closed) {
            return;
        }
        Map<String, Service> before = followed;
        Map<String, Service> after = table.services();
        followed = after;
        if (sweeping == null) {
            sweeping = loop.scheduleAtFixedRate(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
        }
        Set<LiveBackend> gone = new HashSet<>();
        before.values().stream()
                .filter(service -> after.get(service.name()) != service)
                .forEach(service -> gone.addAll(service.backends()));
        int started = 0;
        for (Service service : after.values()) {
            if (before.get(service.name()) != service) {
                for (LiveBackend backend : service.backends()) {
                    gone.remove(backend);
                    started += follow(backend, service.config().healthCheck(), started) ? 1 : 0;
                }
            }
        }
        gone.forEach(this::stopChecking);
    }

    private void sweep() {
        outliers.sweep(followed.values(), System.nanoTime());
    }

    private void stopChecking(LiveBackend backend) {
        Checker checker = checkers.remove(backend);
        if (checker != null) {
            checker.stop();
        }
    }

    /**
     * Sees to one backend.
     *
     * @param startedBefore how many checks this table has started already
     * @return whether this starts one more
     */
    private boolean follow(LiveBackend backend, HealthCheckConfig check, int startedBefore) {
        Schedule schedule = schedule(check);
        Checker checker = checkers.get(backend);
        if (schedule == null) {
            unchecked(backend, checker);
            return false;
        }
        long delayNanos = Pace.firstWaitNanos(startedBefore, schedule);
        if (checker == null) {
            checker = new Checker(backend, check, schedule, loop, bootstrap, pace, clock);
            checkers.put(backend, checker);
            checker.start(delayNanos);
            return true;
        }
        if (checker.checks(check)) {
            return false;
        }
        checker.restart(check, schedule, delayNanos);
        return true;
    }

    private void unchecked(LiveBackend backend, @Nullable Checker checker) {
        if (checker != null) {
            checker.stop();
            checkers.remove(backend);
        }
        if (backend.health().health() != Health.NOT_CHECKED) {
            backend.health(new HealthVerdict(Health.NOT_CHECKED, "no health check is configured", clock.instant()));
        }
    }

    private static @Nullable Schedule schedule(HealthCheckConfig check) {
        if (check instanceof HealthCheckConfig.Http http) {
            return http.schedule();
        }
        return check instanceof HealthCheckConfig.Tcp tcp ? tcp.schedule() : null;
    }
}
