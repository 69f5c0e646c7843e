package io.proxyd.proxy;

import io.netty.channel.EventLoopGroup;
import io.proxyd.config.Address;
import io.proxyd.config.ListenerConfig;
import io.proxyd.process.InheritedSockets;
import io.proxyd.process.InheritedSockets.Inherited;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open listeners by their configured address. A listener on a socket that systemd passed is never closed before the process ends:
 * the socket would be gone for good. Without a place in the configuration it just accepts nothing.
 */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    /** Enough for an accept that is under way in the kernel to end, one way or the other. */
    private static final long ACCEPT_UNDER_WAY_MILLIS = 20;

    private final List<Worker> workers;
    private final EventLoopGroup loops;
    private final InheritedSockets given;
    private final Map<InetSocketAddress, Listener> adopted = new LinkedHashMap<>();
    private Map<Address, Listener> open = new LinkedHashMap<>();

    /** @param loops those of the workers */
    Listeners(List<Worker> workers, EventLoopGroup loops, InheritedSockets given) {
        this.workers = workers;
        this.loops = loops;
        this.given = given;
    }

    /**
     * Opens, changes and closes listeners until they are as wanted.
     *
     * @throws Listener.BindFailure if one cannot be opened; then all stay as they were
     */
    synchronized void apply(List<ListenerConfig> wanted) {
        List<Listener> opened = new ArrayList<>();
        Map<Address, Listener> next = new LinkedHashMap<>();
        try {
            for (ListenerConfig config : wanted) {
                Listener known = open.get(config.address());
                if (known == null) {
                    known = open(config);
                    opened.add(known);
                }
                next.put(config.address(), known);
            }
        } catch (Listener.BindFailure e) {
            opened.forEach(Listeners::end);
            throw e;
        }
        for (ListenerConfig config : wanted) {
            Objects.requireNonNull(next.get(config.address())).config(config);
        }
        open.forEach((address, listener) -> {
            if (!next.containsKey(address)) {
                end(listener);
            }
        });
        open = next;
        unanswered()
                .forEach(address -> LOG.warn(
                        "systemd holds {} open and no listener of the configuration has that address: who connects there waits in"
                                + " vain; give it a listener, or take it out of proxyd.socket",
                        address));
    }

    private Listener open(ListenerConfig config) {
        List<Inherited> sockets = given.sockets().stream()
                .filter(socket -> Listener.covers(socket.address(), config.address()))
                .toList();
        if (sockets.isEmpty()) {
            return Listener.open(config, workers);
        }
        InetSocketAddress address = sockets.get(0).address();
        Listener known = adopted.get(address);
        if (known == null) {
            known = Listener.adopt(config, sockets, workers, loops);
            for (Inherited socket : sockets) {
                adopted.put(socket.address(), known);
            }
        } else {
            known.stop(false);
        }
        return known;
    }

    private static void end(Listener listener) {
        if (listener.inherited()) {
            listener.stop(true);
        } else {
            listener.close();
        }
    }

    /** The addresses that systemd holds open and nobody accepts on. */
    synchronized List<String> unanswered() {
        return given.sockets().stream()
                .map(Inherited::address)
                .filter(address -> {
                    Listener known = adopted.get(address);
                    return known == null || !open.containsValue(known);
                })
                .map(address -> new Address(address.getAddress().getHostAddress(), address.getPort()).toString())
                .distinct()
                .toList();
    }

    /** Whether there is one on which connections wait for the next process once this one accepts no more. */
    synchronized boolean inherited() {
        return open.values().stream().anyMatch(Listener::inherited);
    }

    synchronized List<InetSocketAddress> boundAddresses() {
        return open.values().stream().map(Listener::boundAddress).toList();
    }

    /** The addresses as configured, with the ports that are bound. */
    synchronized List<String> names() {
        return open.values().stream().map(Listener::name).toList();
    }

    synchronized List<ListenerCounts> counts() {
        return open.values().stream().map(Listener::counts).toList();
    }

    /** Closes those that this process has opened. */
    synchronized void closeOwn() {
        open.values().stream().filter(listener -> !listener.inherited()).forEach(Listener::close);
    }

    /** Accepts on none any more; whoever the kernel was about to hand over is still served. */
    synchronized void close() throws InterruptedException {
        open.values().stream().filter(Listener::inherited).forEach(listener -> listener.stop(true));
        if (inherited()) {
            TimeUnit.MILLISECONDS.sleep(ACCEPT_UNDER_WAY_MILLIS);
        }
        open.values().forEach(Listener::close);
        adopted.values().forEach(Listener::close);
    }
}
