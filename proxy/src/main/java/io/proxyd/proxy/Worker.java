package io.proxyd.proxy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;

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
    ListenerSocket listen(SocketAddress address, ConnectionLimit limit) {
        AcceptGate gate = new AcceptGate(limit, memory::isShort, loop);
        ChannelFuture bound = bootstrap(gate)
                .group(loop)
                .channelFactory(new ReflectiveChannelFactory<>(transport.serverChannel()))
                .option(transport.reusePort(), true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        serve(channel, limit);
                    }
                })
                .bind(address);
        return new ListenerSocket(bound, gate);
    }

    /**
     * Accepts on a socket that this process was given. There is one for all event loops, so that its connections go to them in turn.
     *
     * @param fd of the socket; takes ownership of it
     * @param workers of all event loops
     */
    ListenerSocket adopt(int fd, ConnectionLimit limit, EventLoopGroup loops, Map<EventLoop, Worker> workers) {
        AcceptGate gate = new AcceptGate(limit, memory::isShort, loop);
        ChannelFuture adopted = bootstrap(gate)
                .group(loop, loops)
                .channelFactory(() -> transport.inherited().apply(fd))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Objects.requireNonNull(workers.get(channel.eventLoop())).serve(channel, limit);
                    }
                })
                .register();
        return new ListenerSocket(adopted, gate);
    }

    private ServerBootstrap bootstrap(AcceptGate gate) {
        return new ServerBootstrap()
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, StreamSizes.READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, StreamSizes.WATER_MARK)
                .handler(gate);
    }

    private void serve(Channel channel, ConnectionLimit limit) {
        SocketAddress client = channel.remoteAddress();
        channel.pipeline()
                .addLast(new Http1Downstream(
                        resources,
                        limit.config(),
                        client == null ? new InetSocketAddress(0) : client,
                        exchanges,
                        this));
    }

    EventLoop loop() {
        return loop;
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

    /**
     * From now on responses say that their connection ends; any thread.
     *
     * @return the connections there are at this moment
     */
    CompletableFuture<Set<Http1Downstream>> drain() {
        return CompletableFuture.supplyAsync(
                () -> {
                    draining = true;
                    return Set.copyOf(connections);
                },
                loop);
    }

    /** Those of these connections on which no exchange is under way; any thread. */
    CompletableFuture<Set<Http1Downstream>> idle(Set<Http1Downstream> some) {
        return CompletableFuture.supplyAsync(
                () -> some.stream()
                        .filter(connection -> connections.contains(connection) && connection.isIdle())
                        .collect(Collectors.toSet()),
                loop);
    }

    /** Ends those of these connections on which no exchange is under way; any thread. */
    void closeIdle(Set<Http1Downstream> some) {
        loop.execute(() -> some.stream().filter(connections::contains).forEach(Http1Downstream::closeIfIdle));
    }

    /** How many of these connections there still are; any thread. */
    CompletableFuture<Integer> left(Set<Http1Downstream> some) {
        return CompletableFuture.supplyAsync(
                () -> (int) some.stream().filter(connections::contains).count(), loop);
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
