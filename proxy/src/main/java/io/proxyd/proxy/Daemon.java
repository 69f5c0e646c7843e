package io.proxyd.proxy;

import io.proxyd.config.ConfigWatch;
import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.dns.NettyHostNames;
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
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running process: the proxy server with its admin server, its log, its configuration file and its signals. */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final Path configFile;
    private final ProxydConfig config;
    private final SystemdNotifier systemd;
    private final AccessLog accessLog;
    private final ProxyServer server;
    private final Metrics metrics;
    private final AdminServer admin;
    private final Reloader reloader;
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
            this.server = new ProxyServer(config, parts, new NettyHostNames(), accessLog, clock);
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
            server.start();
        } catch (AdminBindException | Listener.BindFailure e) {
            throw new StartFailure(e);
        }
        started = true;
        systemd.ready("serving");
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
            systemd.stopping();
        }
        server.close();
        admin.close();
        metrics.close();
        accessLog.close();
        if (started) {
            LOG.info("stopped");
        }
    }
}
