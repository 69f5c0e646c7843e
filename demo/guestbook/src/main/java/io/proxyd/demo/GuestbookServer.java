package io.proxyd.demo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One running instance of the guestbook: its socket, its connections and its threads.
 *
 * <p>Connections are kept alive, for longer than a load balancer keeps them idle, so that it is not this side that
 * closes a connection on which a request is on its way.
 */
final class GuestbookServer implements AutoCloseable {
    private static final int MAX_BODY_BYTES = 16 * 1024;
    private static final int PAGE_THREADS = 4;

    /** Requests beyond those are answered with 503 at once. */
    private static final int WAITING_PAGES = 200;

    private static final Duration KEEP_ALIVE = Duration.ofMinutes(5);

    /** How long idle connections are left open at a stop, for requests that are on their way. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    /** How long requests may take to finish at a stop. */
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    private final ThreadPoolExecutor pageThreads = new ThreadPoolExecutor(
            PAGE_THREADS, PAGE_THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING_PAGES));
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel listener;
    private volatile boolean stopping;

    /**
     * Opens the socket; connections are accepted when the constructor returns.
     *
     * @param bind port 0 takes a free one
     * @throws IOException when the address cannot be bound
     */
    GuestbookServer(Instance instance, InetSocketAddress bind, Duration delay, Entries entries, Clock clock)
            throws IOException {
        if (bind.isUnresolved()) {
            throw new UnknownHostException("cannot listen on " + bind.getHostString() + ": this host is not known");
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel connection) {
                        int port = connection.localAddress().getPort();
                        GuestbookPages pages = new GuestbookPages(entries, new Page(instance, port), clock);
                        connections.add(connection);
                        connection
                                .pipeline()
                                .addLast(new IdleStateHandler(0, 0, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpServerKeepAliveHandler())
                                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                                .addLast(new FlowControlHandler())
                                .addLast(new GuestbookHandler(pages, pageThreads, delay, () -> stopping, clock));
                    }
                });
        var bound = bootstrap.bind(bind).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            shutDownThreads();
            throw new IOException("cannot listen on " + bind + ": " + bound.cause(), bound.cause());
        }
        listener = bound.channel();
    }

    /** The port that is listened on. */
    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /**
     * Stops without cutting anything off: accepts no more connections, answers what is being asked and closes each
     * connection after its response. Returns when all are closed, or after 30 seconds.
     */
    @Override
    public void close() {
        stopping = true;
        listener.close().awaitUninterruptibly();
        if (!connectionsClosedWithin(LINGER)) {
            connections.forEach(c -> c.pipeline().fireUserEventTriggered(GuestbookHandler.CloseIfIdle.EVENT));
            connectionsClosedWithin(DRAIN_TIMEOUT);
        }
        shutDownThreads();
    }

    private boolean connectionsClosedWithin(Duration time) {
        return connections.newCloseFuture().awaitUninterruptibly(time.toMillis());
    }

    private void shutDownThreads() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        pageThreads.shutdown();
    }
}
