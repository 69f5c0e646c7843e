package io.proxyd.proxy.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.RecentTraffic;
import io.proxyd.proxy.telemetry.Sources;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves metrics, readiness and the operator API on one event loop of its own, so that whatever walks tables never holds up
 * a request. NIO, so that it works where the data path's transport does not. Started and closed by one thread.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

    private final AdminConfig config;
    private final Pages pages;
    private final RecentTraffic recent;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("proxyd-admin", true), NioIoHandler.newFactory());
    private @Nullable Channel channel;

    /** Nothing listens before {@link #start}. */
    public AdminServer(AdminConfig config, Sources sources, Operations operations, Metrics metrics) {
        this.config = config;
        this.recent = new RecentTraffic(sources);
        this.pages = new Pages(sources, operations, metrics, recent);
    }

    /**
     * Begins to listen and to keep the last minute's traffic.
     *
     * @throws AdminBindException naming the address and the reason; {@link #close} is still to be called
     */
    public void start() {
        channel = config instanceof AdminConfig.Unix unix ? bindUnix(unix) : bindTcp((AdminConfig.Tcp) config);
        long interval = RecentTraffic.INTERVAL.toNanos();
        loop.scheduleAtFixedRate(recent::sample, interval, interval, TimeUnit.NANOSECONDS)
                .addListener(ended -> {
                    if (!ended.isCancelled()) {
                        LOG.error("admin: rates are no longer kept", ended.cause());
                    }
                });
    }

    /** Where it listens, as {@code proxyctl --admin} takes it; with the port that was chosen if it was configured as 0. */
    public String address() {
        if (config instanceof AdminConfig.Unix unix) {
            return "unix:" + unix.path();
        }
        int port = channel == null ? 0 : ((InetSocketAddress) channel.localAddress()).getPort();
        return "http://" + new Address(((AdminConfig.Tcp) config).address().host(), port);
    }

    private Channel bindTcp(AdminConfig.Tcp tcp) {
        ServerBootstrap bootstrap = new ServerBootstrap().channel(NioServerSocketChannel.class);
        SocketAddress address =
                new InetSocketAddress(tcp.address().host(), tcp.address().port());
        return bind(bootstrap, address, tcp.address().toString());
    }

    private Channel bindUnix(AdminConfig.Unix unix) {
        String name = "unix:" + unix.path();
        SocketFile file = new SocketFile(unix.path());
        try {
            file.makeWay();
            ServerBootstrap bootstrap = new ServerBootstrap().channel(NioServerDomainSocketChannel.class);
            Channel bound = bind(bootstrap, UnixDomainSocketAddress.of(unix.path()), name);
            file.restrict();
            return bound;
        } catch (IOException e) {
            throw new AdminBindException(name, String.valueOf(e.getMessage()), e);
        }
    }

    private Channel bind(ServerBootstrap bootstrap, SocketAddress address, String name) {
        ChannelFuture bound = bootstrap
                .group(loop)
                .childHandler(new AdminInitializer(pages))
                .bind(address)
                .awaitUninterruptibly();
        Throwable cause = bound.cause();
        if (cause instanceof UnresolvedAddressException) {
            throw new AdminBindException(name, "the host name is not known", cause);
        }
        if (cause != null) {
            throw new AdminBindException(name, String.valueOf(cause.getMessage()), cause);
        }
        return bound.channel();
    }

    /** Stops listening, closes what is open and removes the socket's file. */
    @Override
    public void close() {
        if (channel != null) {
            channel.close().awaitUninterruptibly();
        }
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
