package io.proxyd.proxy;

import io.proxyd.discovery.dns.HostNames;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the host names of the backends of the newest routing table, and tells which backends are gone. Services that a table
 * shares with the one before cost nothing. Control thread.
 */
final class KnownBackends {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);

    private final HostNames hostNames;
    private final Consumer<LiveBackend> onRemoved;
    private final Map<LiveBackend, HostNames.Following> followed = new HashMap<>();

    /** @param onRemoved called with each backend that the newest table names no more */
    KnownBackends(HostNames hostNames, Consumer<LiveBackend> onRemoved) {
        this.hostNames = hostNames;
        this.onRemoved = onRemoved;
    }

    /** Begins to follow what is new; literals resolve at once. */
    void follow(@Nullable RoutingTable before, RoutingTable after) {
        for (Service service : after.services().values()) {
            if (before == null || before.services().get(service.name()) != service) {
                service.backends().stream()
                        .filter(b -> !followed.containsKey(b))
                        .forEach(this::follow);
            }
        }
    }

    private void follow(LiveBackend backend) {
        LiveBackend.Key key = backend.key();
        LOG.info("{} at {}:{} is known", backend, key.host(), key.port());
        followed.put(
                backend, hostNames.follow(key.host(), ip -> backend.address(new InetSocketAddress(ip, key.port()))));
    }

    /** Retires what is gone. */
    void drop(@Nullable RoutingTable before, RoutingTable after) {
        if (before == null) {
            return;
        }
        for (Service service : before.services().values()) {
            Service now = after.services().get(service.name());
            if (now != service) {
                Set<LiveBackend> kept = new HashSet<>(now == null ? List.of() : now.backends());
                service.backends().stream().filter(b -> !kept.contains(b)).forEach(this::drop);
            }
        }
    }

    private void drop(LiveBackend backend) {
        LOG.info("{} is gone", backend);
        HostNames.Following following = followed.remove(backend);
        if (following != null) {
            following.close();
        }
        backend.retire();
        onRemoved.accept(backend);
    }

    /** Follows nothing any more. */
    void close() {
        followed.values().forEach(HostNames.Following::close);
    }
}
