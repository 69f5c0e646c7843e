package io.proxyd.proxy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.exchange.Exchanges;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.StreamSizes;
import io.proxyd.proxy.http1.Http1Downstream;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.upstream.ConnectionPool;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** One event loop with all that lives on it: its listener sockets, client connections, exchanges and connection pool. */
final class Worker implements Http1Downstream.Connections {
    private static final int ACCEPT_BACKLOG = 4096;

    private final EventLoop loop;
    private final Transport transport;
    private final MemoryGuard memory;
    private final LoopResources resources;
    private final LoopCounts counts = new LoopCounts();
    private final ConnectionPool pool;
    private final Exchanges exchanges;
    private final Set<Http1Downstream> connections = new HashSet<>();
    private boolean draining;
    private boolean closing;

    /** @param loops how many event loops there are */
    Worker(
            int index,
            EventLoop loop,
            Transport transport,
            int loops,
            MemoryGuard memory,
            Supplier<RoutingTable> table,
            ExchangeLog log,
            InstantSource clock) {
        this.loop = loop;
        this.memory = memory;
        this.transport = transport;
        this.resources = new LoopResources(index, loop, clock, new SplittableRandom());
        this.pool = new ConnectionPool(
                resources,
                new ReflectiveChannelFactory<>(transport.channel()),
                transport.userTimeout(),
                loops,
                counts::upstreamConnections);
        this.exchanges = new Exchanges(resources, table, pool, counts, memory::isShort, log, clock);
    }

    /**
     * Opens a listener socket of this event loop.
     *
     * @param limit of the listener; its configuration is asked anew for each connection, as it may be changed meanwhile
     */
    ChannelFuture listen(SocketAddress address, ConnectionLimit limit) {
        return new ServerBootstrap()
                .group(loop)
                .channelFactory(new ReflectiveChannelFactory<>(transport.serverChannel()))
                .option(transport.reusePort(), true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, StreamSizes.READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, StreamSizes.WATER_MARK)
                .handler(new AcceptGate(limit, memory::isShort, loop))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SocketAddress client = channel.remoteAddress();
                        channel.pipeline()
                                .addLast(new Http1Downstream(
                                        resources,
                                        limit.config(),
                                        client == null ? new InetSocketAddress(0) : client,
                                        exchanges,
                                        Worker.this));
                    }
                })
                .bind(address);
    }

    LoopCounts counts() {
        return counts;
    }

    /** Closes the idle connections to a backend that is gone; any thread. */
    void forget(LiveBackend backend) {
        loop.execute(() -> pool.forget(backend));
    }

    /** The health check has convicted a backend; any thread. */
    void convicted(LiveBackend backend) {
        loop.execute(() -> exchanges.convicted(backend));
    }

    /** What is remembered of a request with this id, if there is one; any thread. */
    CompletableFuture<Optional<TracedExchange>> trace(String requestId) {
        return CompletableFuture.supplyAsync(() -> Optional.ofNullable(exchanges.trace(requestId)), loop);
    }

    /** Done when this event loop has ended what it was doing; any thread. */
    CompletableFuture<Void> passed() {
        return CompletableFuture.runAsync(() -> {}, loop);
    }

    /** From now on responses say that their connection ends; any thread. */
    void drain() {
        loop.execute(() -> draining = true);
    }

    /** Ends each client connection, those with an exchange under way after that; any thread. */
    void closeConnections() {
        loop.execute(() -> {
            closing = true;
            for (Http1Downstream connection : connections.toArray(Http1Downstream[]::new)) {
                connection.closeIfIdle();
            }
        });
    }

    @Override
    public void opened(Http1Downstream connection) {
        connections.add(connection);
        counts.connectionOpened();
    }

    @Override
    public void closed(Http1Downstream connection) {
        if (connections.remove(connection)) {
            counts.connectionClosed();
        }
    }

    @Override
    public boolean draining() {
        return draining;
    }

    @Override
    public boolean closing() {
        return closing;
    }
}
