package io.proxyd.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.proxyd.config.Address;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** A bound address: one socket for each event loop, among which the kernel spreads new connections (SO_REUSEPORT). */
final class Listener {
    private static final String ANY = "*";

    private final List<Channel> sockets = new ArrayList<>();
    private final ConnectionLimit limit;

    private Listener(ListenerConfig config) {
        this.limit = new ConnectionLimit(config, System::nanoTime);
    }

    /**
     * Binds.
     *
     * @throws BindFailure if the address cannot be had; nothing stays bound
     */
    static Listener open(ListenerConfig config, List<Worker> workers) {
        Listener listener = new Listener(config);
        InetSocketAddress address = resolve(config.address());
        try {
            refuseIfTaken(address);
            for (Worker worker : workers) {
                ChannelFuture bound = worker.listen(address, listener.limit).awaitUninterruptibly();
                if (!bound.isSuccess()) {
                    throw new BindFailure(config.address(), bound.cause());
                }
                listener.sockets.add(bound.channel());
                address = (InetSocketAddress) bound.channel().localAddress(); // port 0 is chosen by the first
            }
        } catch (IOException e) {
            throw new BindFailure(config.address(), e);
        } catch (BindFailure e) {
            listener.close();
            throw e;
        }
        return listener;
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
