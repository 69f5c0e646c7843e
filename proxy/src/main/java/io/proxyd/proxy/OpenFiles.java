package io.proxyd.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.proxyd.config.ListenerConfig;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the connections that the listeners may have with the files that the process may open (RLIMIT_NOFILE). */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    /** What proxyd needs beside client connections: its libraries, event loops, logs, health checks, the registry. */
    static final int OWN = 256;

    /** What the comparison came to. */
    enum Fit {
        /** Even if each client connection needs one toward a backend. */
        ALL,
        /** All client connections, but not a connection toward a backend for each. */
        CLIENTS,
        TOO_FEW
    }

    private OpenFiles() {}

    /** Logs what does not fit. */
    static void check(List<ListenerConfig> listeners) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)) {
            return;
        }
        long limit = system.getMaxFileDescriptorCount();
        long connections =
                listeners.stream().mapToLong(l -> l.connections().max()).sum();
        switch (fit(limit, connections)) {
            case ALL -> {}
            case CLIENTS ->
                LOG.info(
                        "max-connections ({}) fit the {} files that the process may open; {} of them fit with a connection"
                                + " to a backend each",
                        connections,
                        limit,
                        (limit - OWN) / 2);
            case TOO_FEW ->
                LOG.warn(
                        "max-connections ({}) cannot be reached, as the process may open only {} files; expected at least"
                                + " {}, better {}, by LimitNOFILE= of systemd or ulimit -n",
                        connections,
                        limit,
                        connections + OWN,
                        2 * connections + OWN);
        }
    }

    static Fit fit(long limit, long connections) {
        if (limit >= 2 * connections + OWN) {
            return Fit.ALL;
        }
        return limit >= connections + OWN ? Fit.CLIENTS : Fit.TOO_FEW;
    }
}
