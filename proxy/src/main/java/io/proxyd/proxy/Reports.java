package io.proxyd.proxy;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.proxyd.process.SystemdNotifier;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps systemd informed: of how proxyd stands when that changes, and of its life for as long as the event loops get on. */
final class Reports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** How many signs of life fall into the time that systemd waits for one. */
    private static final int SIGNS = 3;

    private final SystemdNotifier systemd;
    private final Supplier<String> status;
    private final Pulse pulse;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("proxyd-reports", true));

    /** @param status in one line; asked on a thread of its own */
    Reports(SystemdNotifier systemd, Supplier<String> status, Pulse pulse) {
        this.systemd = systemd;
        this.status = status;
        this.pulse = pulse;
    }

    /** Begins, where somebody listens. */
    void begin() {
        if (systemd.asked()) {
            long statusMillis = INTERVAL.toMillis();
            thread.scheduleWithFixedDelay(this::report, statusMillis, statusMillis, TimeUnit.MILLISECONDS);
            systemd.watchdog().ifPresent(limit -> {
                long signMillis = Math.max(1, limit.toMillis() / SIGNS);
                thread.scheduleAtFixedRate(this::feel, 0, signMillis, TimeUnit.MILLISECONDS);
            });
        }
    }

    private void report() {
        try {
            systemd.status(status.get());
        } catch (RuntimeException e) {
            LOG.error("systemd was not told how proxyd stands", e);
        }
    }

    private void feel() {
        try {
            if (pulse.beats()) {
                systemd.alive();
            }
        } catch (RuntimeException e) { // the loops are ending, and with them the process
            LOG.debug("no sign of life", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
