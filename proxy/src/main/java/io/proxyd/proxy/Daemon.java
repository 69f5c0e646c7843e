package io.proxyd.proxy;

import io.proxyd.config.ConfigWatch;
import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.dns.NettyHostNames;
import io.proxyd.process.InheritedSockets;
import io.proxyd.process.Signals;
import io.proxyd.process.SystemdNotifier;
import io.proxyd.proxy.admin.AdminBindException;
import io.proxyd.proxy.admin.AdminServer;
import io.proxyd.proxy.admin.Operations;
import io.proxyd.proxy.telemetry.AccessLog;
import io.proxyd.proxy.telemetry.AccessLogException;
import io.proxyd.proxy.telemetry.ConfigReloads;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.Sources;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running process: the proxy server with its admin server, its log, its configuration file and its signals. */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    /** What a stop takes after the drain, at most. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(15);

    private final Path configFile;
    private final ProxydConfig config;
    private final SystemdNotifier systemd;
    private final AccessLog accessLog;
    private final ProxyServer server;
    private final Metrics metrics;
    private final AdminServer admin;
    private final Reloader reloader;
    private final Reports reports;
    private final CountDownLatch stopAsked = new CountDownLatch(1);
    private boolean started;

    /** Something outside the configuration is in the way. */
    static final class StartFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        StartFailure(RuntimeException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Makes all parts and starts none; the constructor throws {@link StartFailure} where that is not possible. */
    Daemon(Path configFile, ProxydConfig config, Map<String, String> environment) {
        this.configFile = configFile;
        this.config = config;
        this.systemd = new SystemdNotifier(environment);
        InstantSource clock = InstantSource.system();
        try {
            this.accessLog = AccessLog.open(config.accessLog(), System.out);
            RegistryParts parts = RegistryChoice.open(config, clock, environment);
            this.server = new ProxyServer(
                    config,
                    parts,
                    new NettyHostNames(),
                    accessLog,
                    clock,
                    System::nanoTime,
                    InheritedSockets.of(environment));
        } catch (AccessLogException | IllegalStateException e) {
            throw new StartFailure(e);
        }
        ConfigReloads reloads = new ConfigReloads();
        Sources sources = new Sources(
                server::table,
                server::registryStatus,
                server::evidence,
                server.journal(),
                server.propagation(),
                server.counts(),
                server::listenerCounts,
                server::memory,
                server::listening,
                clock,
                System::nanoTime);
        this.metrics = new Metrics(sources, reloads, accessLog::dropped, Proxyd.version());
        Operations operations = new Operations(server.board(), server::accept, server::trace);
        this.admin = new AdminServer(config.admin(), sources, operations, metrics);
        this.reloader = new Reloader(configFile, config, server, accessLog, reloads);
        this.reports = new Reports(systemd, server::statusLine, new Pulse(server.threads()));
    }

    /**
     * Opens the admin address, then serves.
     *
     * @throws StartFailure if an address cannot be had
     */
    void start() throws InterruptedException {
        Signals.on("TERM", stopAsked::countDown);
        Signals.on("INT", stopAsked::countDown);
        Signals.on("HUP", reloader::hangUp);
        try {
            admin.start();
            server.startWarm();
        } catch (AdminBindException | Listener.BindFailure e) {
            throw new StartFailure(e);
        }
        started = true;
        openAllJars();
        systemd.ready(server.statusLine());
        reports.begin();
    }

    /**
     * Looks for something that is in none of the jars, which opens each of them. Open ones stay whole when an update puts others in
     * their place, so that this process can still load from them what it needs to drain.
     */
    private static void openAllJars() {
        if (Daemon.class.getResource("/is-in-no-jar") != null) {
            LOG.warn("the class path holds is-in-no-jar, and may not be opened as a whole");
        }
    }

    /** Serves, and takes over changes of the configuration file, until SIGTERM or SIGINT. */
    void awaitStop() throws InterruptedException {
        ConfigWatch watch = new ConfigWatch(configFile, reloader::reload);
        try (watch) {
            reloader.begin();
            stopAsked.await();
        }
    }

    /** Drains and ends everything, in the reverse order of the start. */
    @Override
    public void close() {
        if (started) {
            LOG.info(
                    "stopping: in-flight exchanges have {} to finish",
                    config.runtime().drainTimeout());
            systemd.stopping(config.runtime().drainTimeout().plus(LAST_STEPS));
        }
        server.close();
        reports.close();
        admin.close();
        metrics.close();
        accessLog.close();
        systemd.close();
        if (started) {
            LOG.info("stopped");
        }
    }
}
