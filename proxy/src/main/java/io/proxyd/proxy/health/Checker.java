package io.proxyd.proxy.health;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.proxyd.config.Address;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.HealthCheckConfig.Schedule;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks one backend again and again, one check at a time, and alone sets its verdict. On the event loop of the checks, but
 * for {@link #counts}.
 */
final class Checker {
    private static final Logger LOG = LoggerFactory.getLogger(Checker.class);
    private static final long ADDRESS_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LiveBackend backend;
    private final String hostAndPort;
    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final Pace pace;
    private final InstantSource clock;
    private final Streak streak = new Streak();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private HealthCheckConfig check;
    private Schedule schedule;
    private long begunNanos;
    private boolean doubted;
    private @Nullable Future<?> waiting;
    private @Nullable Probe probe;

    Checker(
            LiveBackend backend,
            HealthCheckConfig check,
            Schedule schedule,
            EventLoop loop,
            Bootstrap bootstrap,
            Pace pace,
            InstantSource clock) {
        this.backend = backend;
        this.check = check;
        this.schedule = schedule;
        this.loop = loop;
        this.bootstrap = bootstrap;
        this.pace = pace;
        this.clock = clock;
        LiveBackend.Key key = backend.key();
        this.hostAndPort = new Address(key.host(), key.port()).toString();
    }

    /** Begins to check. */
    void start(long delayNanos) {
        waiting = loop.schedule(this::begin, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** Drops what is under way, keeps what is known, and goes on with another kind of check. */
    void restart(HealthCheckConfig newCheck, Schedule newSchedule, long delayNanos) {
        stop();
        check = newCheck;
        schedule = newSchedule;
        start(delayNanos);
    }

    /** Ends; no verdict is set afterwards. */
    void stop() {
        if (waiting != null) {
            waiting.cancel(false);
        }
        if (probe != null) {
            probe.cancel();
            probe = null;
        }
    }

    boolean checks(HealthCheckConfig config) {
        return check.equals(config);
    }

    /** How many checks ended in which way; any thread. */
    HealthChecks.Counts counts() {
        return new HealthChecks.Counts(passed.get(), failed.get());
    }

    /** Requests have met something that speaks against the backend: checks at once, and then often until the checks have settled it. */
    void doubt() {
        doubted = true;
        streak.doubt();
        if (probe == null && waiting != null && waiting.cancel(false)) {
            start(0);
        }
    }

    private void begin() {
        InetSocketAddress address = backend.address();
        if (address == null) {
            start(ADDRESS_POLL_NANOS);
            return;
        }
        begunNanos = System.nanoTime();
        probe = new Probe(loop, schedule.timeout(), this::ended);
        probe.start(bootstrap, address, check, hostAndPort);
    }

    private void ended(Outcome outcome) {
        probe = null;
        (outcome.passed() ? passed : failed).incrementAndGet();
        judge(outcome);
        if (doubted && streak.settles(schedule)) {
            doubted = false;
            if (outcome.passed()) {
                backend.acquitted(System.nanoTime());
            }
        }
        boolean open = doubted || streak.against(backend.health().health());
        long nextNanos = begunNanos + pace.waitNanos(schedule, open);
        start(Math.max(0, nextNanos - System.nanoTime()));
    }

    private void judge(Outcome outcome) {
        HealthVerdict before = backend.health();
        Health health = streak.next(before.health(), outcome.passed(), schedule);
        Instant draining = drainingSince(before, outcome, health);
        if (health != before.health()) {
            backend.health(new HealthVerdict(health, outcome.reason(), clock.instant(), draining));
            log(health, outcome.reason());
        } else if (!outcome.reason().equals(before.reason()) || !Objects.equals(draining, before.drainingSince())) {
            backend.health(new HealthVerdict(health, outcome.reason(), before.since(), draining));
        }
    }

    /** A check that fails, perhaps without any answer, does not end the draining; a verdict of failing does. */
    private @Nullable Instant drainingSince(HealthVerdict before, Outcome outcome, Health health) {
        boolean saidBefore = before.drainingSince() != null;
        boolean draining = outcome.draining() || (saidBefore && !outcome.passed() && health != Health.FAILING);
        if (draining != saidBefore) {
            LOG.info(
                    "{} ({}) {} in its health check that it drains",
                    backend,
                    hostAndPort,
                    draining ? "says" : "says no more");
        }
        if (!draining) {
            return null;
        }
        return saidBefore ? before.drainingSince() : clock.instant();
    }

    private void log(Health health, String reason) {
        if (health == Health.FAILING) {
            LOG.warn("{} ({}) is unhealthy: {} ({})", backend, hostAndPort, reason, streak);
        } else {
            LOG.info("{} ({}) is healthy: {} ({})", backend, hostAndPort, reason, streak);
        }
    }
}
