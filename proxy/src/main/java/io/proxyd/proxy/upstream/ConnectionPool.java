package io.proxyd.proxy.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.ReflectiveChannelFactory;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.StreamSizes;
import io.proxyd.proxy.http.Upstream;
import io.proxyd.proxy.http1.Http1Upstream;
import io.proxyd.proxy.route.LiveBackend;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The upstream connections of one event loop: idle ones by backend, the one used last first, so that spare ones age out. All on
 * the event loop.
 */
public final class ConnectionPool {
    private final LoopResources loop;
    private final Bootstrap bootstrap;
    private final Map<LiveBackend, ArrayDeque<Http1Upstream>> idle = new HashMap<>();
    private final Listener listener;
    private int idleCount;
    private int count;

    /** Who waits for a new connection; exactly one of the two is called, later or at once. */
    public interface Waiter {
        void onConnected(Upstream upstream);

        /** @param kind CONNECT_FAILED or CONNECT_TIMEOUT */
        void onConnectFailed(FailureKind kind, String detail);
    }

    /** Hears how many connections there are. */
    public interface Listener {
        void onCount(int idle, int all);
    }

    public ConnectionPool(LoopResources loop, Class<? extends Channel> channelType, Listener listener) {
        this.loop = loop;
        this.listener = listener;
        this.bootstrap = new Bootstrap()
                .group(loop.loop())
                .channelFactory(new ReflectiveChannelFactory<>(channelType))
                .disableResolver()
                .option(
                        ChannelOption.AUTO_CLOSE,
                        false) // after a failed write, what the backend has answered is still read
                .option(ChannelOption.RECVBUF_ALLOCATOR, StreamSizes.READS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, StreamSizes.WATER_MARK);
    }

    /** An idle connection to the backend, now the caller's; null if there is none. */
    public @Nullable Upstream acquire(LiveBackend backend) {
        ArrayDeque<Http1Upstream> connections = idle.get(backend);
        Http1Upstream connection = connections == null ? null : connections.pollLast();
        if (connection != null) {
            idleCount--;
            report();
        }
        return connection;
    }

    /** Opens a connection for the waiter. */
    public void connect(LiveBackend backend, ServiceConfig service, Waiter waiter) {
        InetSocketAddress address = backend.address();
        if (address == null) {
            waiter.onConnectFailed(
                    FailureKind.CONNECT_FAILED, "host " + backend.key().host() + " is not resolved");
            return;
        }
        Http1Upstream connection =
                new Http1Upstream(loop, backend.key().host(), backend.key().port(), owner(backend, service));
        ChannelFuture connecting = bootstrap
                .clone()
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(service.timeouts().connect().toMillis()))
                .handler(connection)
                .connect(address);
        if (connecting.isDone()) {
            connectEnded(connecting, connection, backend, waiter);
        } else {
            connecting.addListener(f -> connectEnded(connecting, connection, backend, waiter));
        }
    }

    /** Closes what lies idle for a backend that is gone. */
    public void forget(LiveBackend backend) {
        ArrayDeque<Http1Upstream> connections = idle.remove(backend);
        if (connections != null) {
            idleCount -= connections.size();
            report();
            connections.forEach(Http1Upstream::close);
        }
    }

    /** Closes everything that lies idle. */
    public void close() {
        for (LiveBackend backend : idle.keySet().toArray(LiveBackend[]::new)) {
            forget(backend);
        }
    }

    private void connectEnded(ChannelFuture connecting, Http1Upstream connection, LiveBackend backend, Waiter waiter) {
        Throwable cause = connecting.cause();
        if (cause == null) {
            count++;
            report();
            connecting.channel().closeFuture().addListener(f -> {
                count--;
                report();
            });
            waiter.onConnected(connection);
        } else if (cause instanceof ConnectTimeoutException) {
            waiter.onConnectFailed(FailureKind.CONNECT_TIMEOUT, "no connection to " + backend.address() + " in time");
        } else {
            waiter.onConnectFailed(FailureKind.CONNECT_FAILED, String.valueOf(cause.getMessage()));
        }
    }

    private Http1Upstream.Owner owner(LiveBackend backend, ServiceConfig service) {
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
                ArrayDeque<Http1Upstream> connections = idle.computeIfAbsent(backend, b -> new ArrayDeque<>());
                if (connections.size() >= service.pool().maxIdle()) {
                    return false;
                }
                connections.addLast(connection);
                idleCount++;
                report();
                return true;
            }

            @Override
            public void lost(Http1Upstream connection) {
                ArrayDeque<Http1Upstream> connections = idle.get(backend);
                if (connections != null && connections.remove(connection)) {
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
