package io.proxyd.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.proxyd.config.Address;
import io.proxyd.config.ListenerConfig;
import io.proxyd.process.InheritedSockets.Inherited;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A bound address. Opened here it has one socket for each event loop, among which the kernel spreads new connections (SO_REUSEPORT);
 * where systemd holds the address open, it has the sockets that systemd passed.
 */
final class Listener {
    private static final String ANY = "*";

    private final List<Channel> sockets = new ArrayList<>();
    private final List<AcceptGate> gates = new ArrayList<>();
    private final ConnectionLimit limit;
    private final boolean inherited;

    private Listener(ListenerConfig config, boolean inherited) {
        this.limit = new ConnectionLimit(config, System::nanoTime);
        this.inherited = inherited;
    }

    /**
     * Binds.
     *
     * @throws BindFailure if the address cannot be had; nothing stays bound
     */
    static Listener open(ListenerConfig config, List<Worker> workers) {
        Listener listener = new Listener(config, false);
        InetSocketAddress address = resolve(config.address());
        try {
            refuseIfTaken(address);
            for (Worker worker : workers) {
                listener.add(worker.listen(address, listener.limit));
                address = listener.boundAddress(); // port 0 is chosen by the first
            }
        } catch (IOException e) {
            throw new BindFailure(config.address(), e);
        } catch (BindFailure e) {
            listener.close();
            throw e;
        }
        return listener;
    }

    /**
     * Accepts on sockets that this process was given.
     *
     * @param given all of the same address; takes ownership of their file descriptors
     * @throws BindFailure if the transport cannot use them
     */
    static Listener adopt(ListenerConfig config, List<Inherited> given, List<Worker> workers, EventLoopGroup loops) {
        Listener listener = new Listener(config, true);
        Map<EventLoop, Worker> byLoop = workers.stream().collect(Collectors.toMap(Worker::loop, worker -> worker));
        try {
            for (int i = 0; i < given.size(); i++) {
                Worker worker = workers.get(i % workers.size());
                listener.add(worker.adopt(given.get(i).fd(), listener.limit, loops, byLoop));
            }
        } catch (BindFailure e) {
            listener.close();
            throw e;
        }
        return listener;
    }

    private void add(ListenerSocket socket) {
        ChannelFuture opened = socket.opened().awaitUninterruptibly();
        if (!opened.isSuccess()) {
            throw new BindFailure(limit.config().address(), opened.cause());
        }
        sockets.add(opened.channel());
        gates.add(socket.gate());
    }

    /** Whether systemd holds the address open, too: what is not accepted here waits instead of being refused. */
    boolean inherited() {
        return inherited;
    }

    /** Accepts nothing more for now, or goes on; returns once that is so. */
    void stop(boolean stop) {
        gates.forEach(gate -> gate.stop(stop).join());
    }

    ListenerConfig config() {
        return limit.config();
    }

    /** Applies to connections from now on. */
    void config(ListenerConfig changed) {
        limit.config(changed);
    }

    /** The address as configured, with the port that is bound. */
    String name() {
        return new Address(config().address().host(), boundAddress().getPort()).toString();
    }

    ListenerCounts counts() {
        return limit.counts(name());
    }

    /** Whether an address of the configuration is that of a socket that was given. */
    static boolean covers(InetSocketAddress given, Address address) {
        InetSocketAddress wanted = resolve(address);
        boolean bothAny =
                given.getAddress().isAnyLocalAddress() && wanted.getAddress().isAnyLocalAddress();
        return given.getPort() == wanted.getPort()
                && (bothAny || given.getAddress().equals(wanted.getAddress()));
    }

    /** Where it is bound; differs from the configuration for port 0. */
    InetSocketAddress boundAddress() {
        return (InetSocketAddress) sockets.get(0).localAddress();
    }

    /** Accepts nothing more. */
    void close() {
        sockets.forEach(socket -> socket.close().awaitUninterruptibly());
    }

    /** With SO_REUSEPORT a second proxyd would silently share the address; a socket without it finds out. */
    private static void refuseIfTaken(InetSocketAddress address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(address);
        }
    }

    private static InetSocketAddress resolve(Address address) {
        if (address.host().equals(ANY) || address.host().isEmpty()) {
            return new InetSocketAddress(address.port());
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
        } catch (IOException e) {
            throw new BindFailure(address, e);
        }
    }

    /** An address cannot be listened on. */
    static final class BindFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BindFailure(Address address, Throwable cause) {
            super("cannot listen on " + address + ": " + cause.getMessage(), cause);
        }
    }
}
