package io.proxyd.proxy;

import io.proxyd.config.ConfigException;
import io.proxyd.config.ConfigLoader;
import io.proxyd.config.Problem;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.ReloadRules;
import io.proxyd.proxy.telemetry.AccessLog;
import io.proxyd.proxy.telemetry.AccessLogException;
import io.proxyd.proxy.telemetry.ConfigReloads;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies a changed configuration file to the running proxy: whole, or not at all. Any thread, one call at a time. */
final class Reloader {
    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

    private final Path file;
    private final ProxyServer server;
    private final AccessLog accessLog;
    private final ConfigReloads counts;
    private ProxydConfig running;
    private boolean begun;
    private boolean asked;

    Reloader(Path file, ProxydConfig running, ProxyServer server, AccessLog accessLog, ConfigReloads counts) {
        this.file = file;
        this.running = running;
        this.server = server;
        this.accessLog = accessLog;
        this.counts = counts;
    }

    /** Takes changes over from now on, and at once what has changed since the configuration was loaded. */
    synchronized void begin() {
        begun = true;
        if (asked || hasChanged()) {
            reload();
        }
    }

    /** SIGHUP: opens the access log anew, as its file may have been moved away, and reads the configuration again. */
    void hangUp() {
        try {
            accessLog.reopen();
        } catch (AccessLogException e) {
            LOG.error("the access log goes on in the file it has: {}", e.getMessage());
        }
        reload();
    }

    /** Reads the file again, if need be when this begins. Problems are logged, each with its place, and change nothing. */
    synchronized void reload() {
        if (!begun) {
            asked = true; // the server is still starting
            return;
        }
        try {
            ProxydConfig changed = ConfigLoader.load(file);
            ReloadRules.check(file, running, changed);
            apply(changed);
            counts.applied();
            LOG.info("{} is applied", file);
        } catch (ConfigException e) {
            counts.refused();
            LOG.error(
                    "{} is refused and the former configuration stays: {} problems",
                    file,
                    e.problems().size());
            for (Problem problem : e.problems()) {
                LOG.error("{}", problem);
            }
        } catch (Listener.BindFailure | AccessLogException e) {
            counts.refused();
            LOG.error("{} is refused and the former configuration stays: {}", file, e.getMessage());
        }
    }

    private boolean hasChanged() {
        try {
            return !ConfigLoader.load(file).equals(running);
        } catch (ConfigException e) {
            return true; // what is wrong with it is told by the reload
        }
    }

    /** What can fail comes first, and is undone if the second fails. */
    private void apply(ProxydConfig changed) {
        accessLog.configure(changed.accessLog());
        try {
            server.reload(changed);
        } catch (Listener.BindFailure e) {
            accessLog.configure(running.accessLog());
            throw e;
        }
        running = changed;
    }
}
