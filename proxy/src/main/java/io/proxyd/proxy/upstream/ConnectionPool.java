package io.proxyd.proxy.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.StreamSizes;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.http1.Http1Upstream;
import io.proxyd.proxy.route.LiveBackend;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The upstream connections of one event loop: idle ones by backend, the one used last first, so that spare ones age out. All on
 * the event loop.
 */
public final class ConnectionPool {
    private final LoopResources loop;
    private final Bootstrap bootstrap;
    private final @Nullable ChannelOption<Integer> userTimeout;
    private final int loops;
    private final Map<LiveBackend, BackendConnections> backends = new HashMap<>();
    private final Listener listener;
    private int idleCount;
    private int count;

    /** Who waits for a connection; exactly one of the methods is called, later or at once. */
    public interface Waiter {
        /** A new one is open. */
        void onConnected(Upstream upstream);

        /** There were as many as there may be, and another one has left this one. */
        void onFreed(Upstream upstream);

        /** There are as many as there may be, and none was left in time. */
        void onNoneFreed(String detail);

        /** @param kind CONNECT_FAILED or CONNECT_TIMEOUT */
        void onConnectFailed(FailureKind kind, String detail);
    }

    /** Hears how many connections there are. */
    public interface Listener {
        void onCount(int idle, int all);
    }

    /**
     * @param userTimeout the transport's option for TCP_USER_TIMEOUT; null if it has none
     * @param loops among which the limits of connections are shared
     */
    public ConnectionPool(
            LoopResources loop,
            ChannelFactory<? extends Channel> channels,
            @Nullable ChannelOption<Integer> userTimeout,
            int loops,
            Listener listener) {
        this.loop = loop;
        this.userTimeout = userTimeout;
        this.loops = loops;
        this.listener = listener;
        this.bootstrap = new Bootstrap()
                .group(loop.loop())
                .channelFactory(channels)
                .disableResolver()
                .option(
                        ChannelOption.AUTO_CLOSE,
                        false) // after a failed write, what the backend has answered is still read
                .option(ChannelOption.RECVBUF_ALLOCATOR, StreamSizes.READS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, StreamSizes.WATER_MARK);
    }

    /** An idle connection to the backend, now the caller's; null if there is none. */
    public @Nullable Upstream acquire(LiveBackend backend) {
        BackendConnections of = backends.get(backend);
        return of == null ? null : takeIdle(of);
    }

    private @Nullable Upstream takeIdle(BackendConnections of) {
        Http1Upstream connection = of.idle().pollLast();
        if (connection != null) {
            idleCount--;
            report();
        }
        return connection;
    }

    /** Whether there is an idle connection to the backend, or one more may be opened. */
    public boolean hasRoom(LiveBackend backend, ServiceConfig service) {
        int most = most(service);
        if (most == 0) {
            return true;
        }
        BackendConnections of = backends.get(backend);
        return of == null || !of.idle().isEmpty() || of.mayOpen(most);
    }

    /** The share of this event loop in the connections to one backend, at least one; 0 for any number. */
    private int most(ServiceConfig service) {
        int most = service.limits().backendConnections();
        return most == 0 ? 0 : Math.max(1, most / loops);
    }

    /**
     * Opens a connection for the waiter. Where there are as many as there may be, the waiter gets the next one that another one
     * leaves, or hears after the connect timeout that there was none.
     */
    public void connect(LiveBackend backend, ServiceConfig service, Waiter waiter) {
        BackendConnections of = backends.computeIfAbsent(backend, b -> new BackendConnections());
        if (of.mayOpen(most(service))) {
            open(backend, of, service, waiter);
        } else {
            await(backend, of, service, waiter);
        }
    }

    private void await(LiveBackend backend, BackendConnections of, ServiceConfig service, Waiter waiter) {
        BackendConnections.Waiting one = new BackendConnections.Waiting(service, waiter, waiting -> {
            of.forget(waiting);
            waiter.onNoneFreed(
                    "all " + most(service) + " connections to " + backend + " that an event loop may have are in use");
        });
        of.await(one);
        loop.wheel()
                .arm(
                        one.patience(),
                        System.nanoTime(),
                        service.timeouts().connect().toNanos());
    }

    /** Something may have come free: for those who wait, once whoever left it is done. */
    private void serveLater(LiveBackend backend, BackendConnections of) {
        if (of.awaited()) {
            loop.loop().execute(() -> serve(backend, of));
        }
    }

    private void serve(LiveBackend backend, BackendConnections of) {
        boolean served = true;
        while (served) {
            served = serveNext(backend, of);
        }
    }

    private boolean serveNext(LiveBackend backend, BackendConnections of) {
        BackendConnections.Waiting next = of.first();
        if (next == null) {
            return false;
        }
        boolean mayOpen = of.mayOpen(most(next.service()));
        Upstream freed = takeIdle(of);
        if (freed == null && !mayOpen) {
            return false;
        }
        of.forget(next);
        loop.wheel().forget(next.patience());
        if (freed == null) {
            open(backend, of, next.service(), next.waiter());
        } else {
            next.waiter().onFreed(freed);
        }
        return true;
    }

    private void open(LiveBackend backend, BackendConnections of, ServiceConfig service, Waiter waiter) {
        InetSocketAddress address = backend.address();
        if (address == null) {
            if (of.unused()) {
                backends.remove(backend, of);
            }
            waiter.onConnectFailed(
                    FailureKind.CONNECT_FAILED, "host " + backend.key().host() + " is not resolved");
            return;
        }
        Http1Upstream connection =
                new Http1Upstream(loop, backend.key().host(), backend.key().port(), owner(backend, of, service));
        of.opening();
        ChannelFuture connecting =
                bootstrap(service.timeouts()).handler(connection).connect(address);
        if (connecting.isDone()) {
            connectEnded(connecting, connection, backend, of, waiter);
        } else {
            connecting.addListener(f -> connectEnded(connecting, connection, backend, of, waiter));
        }
    }

    private Bootstrap bootstrap(ServiceConfig.Timeouts timeouts) {
        Bootstrap one = bootstrap
                .clone()
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(timeouts.connect().toMillis()));
        if (userTimeout != null && !timeouts.unacknowledged().isZero()) {
            one.option(userTimeout, Math.toIntExact(timeouts.unacknowledged().toMillis()));
        }
        return one;
    }

    /** Closes what lies idle for a backend that is gone. */
    public void forget(LiveBackend backend) {
        BackendConnections of = backends.get(backend);
        if (of != null && !of.idle().isEmpty()) {
            List<Http1Upstream> connections = List.copyOf(of.idle());
            of.idle().clear();
            idleCount -= connections.size();
            report();
            connections.forEach(Http1Upstream::close);
        }
    }

    /** Closes everything that lies idle. */
    public void close() {
        for (LiveBackend backend : backends.keySet().toArray(LiveBackend[]::new)) {
            forget(backend);
        }
    }

    private void connectEnded(
            ChannelFuture connecting,
            Http1Upstream connection,
            LiveBackend backend,
            BackendConnections of,
            Waiter waiter) {
        Throwable cause = connecting.cause();
        if (cause == null) {
            count++;
            report();
            connecting.channel().closeFuture().addListener(f -> {
                count--;
                report();
                gone(backend, of);
            });
            waiter.onConnected(connection);
            return;
        }
        gone(backend, of);
        if (cause instanceof ConnectTimeoutException) {
            waiter.onConnectFailed(FailureKind.CONNECT_TIMEOUT, "no connection to " + backend.address() + " in time");
        } else {
            waiter.onConnectFailed(FailureKind.CONNECT_FAILED, String.valueOf(cause.getMessage()));
        }
    }

    private void gone(LiveBackend backend, BackendConnections of) {
        of.gone();
        serveLater(backend, of);
        if (of.unused()) {
            backends.remove(backend, of);
        }
    }

    private Http1Upstream.Owner owner(LiveBackend backend, BackendConnections of, ServiceConfig service) {
        return new Http1Upstream.Owner() {
            @Override
            public long idleTimeoutNanos() {
                return service.pool().idleTimeout().toNanos();
            }

            @Override
            public boolean keep(Http1Upstream connection) {
                if (backend.retired()) {
                    return false;
                }
                if (of.idle().size() >= service.pool().maxIdle()) {
                    return false;
                }
                of.idle().addLast(connection);
                idleCount++;
                report();
                serveLater(backend, of);
                return true;
            }

            @Override
            public void lost(Http1Upstream connection) {
                if (of.idle().remove(connection)) {
                    idleCount--;
                    report();
                }
            }
        };
    }

    private void report() {
        listener.onCount(idleCount, count);
    }
}
