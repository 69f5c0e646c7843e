package io.proxyd.bench.faults;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A backend that can be told to misbehave. It answers any request after about 2 ms, and {@code /healthz} at once. It reads the
 * name of a {@link BackendFault} from each line of its standard input, or {@code close-connections}, and ends when that closes.
 * SIGTERM ends it in order: no new connections, those at rest are closed, requests in progress are answered first.
 */
public final class FaultBackend {
    private static final int USAGE = 2;
    private static final int BACKLOG = 4096;
    private static final int MAX_BODY_BYTES = 64 * 1024;
    private static final long SEED = 42;
    private static final long ENDING_MILLIS = 2_000;
    private static final long POLL_MILLIS = 5;

    private final EventLoop loop;
    private final Map<Channel, BackendConnection> connections = new HashMap<>();
    private BackendFault fault = BackendFault.NONE;
    private boolean ending;

    private FaultBackend(EventLoop loop) {
        this.loop = loop;
    }

    /** Arguments: port, file for the ids of executed POST requests. Prints {@code ready} when it listens. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length != 2) {
            System.err.println("usage: FaultBackend PORT EXECUTED_FILE");
            System.exit(USAGE);
        }
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        FaultBackend backend = new FaultBackend(group.next());
        try (Executions executions = new Executions(Path.of(args[1]))) {
            Channel listener = backend.listen(group, Integer.parseInt(args[0]), executions);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> backend.end(listener), "end"));
            System.out.println("ready");
            backend.obey();
            Runtime.getRuntime().halt(0); // whoever started it is gone
        }
    }

    private Channel listen(MultiThreadIoEventLoopGroup group, int port, Executions executions)
            throws InterruptedException {
        Random random = new Random(SEED);
        return new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpRequestDecoder(),
                                        new HttpObjectAggregator(MAX_BODY_BYTES),
                                        new BackendConnection(FaultBackend.this, executions, random));
                    }
                })
                .bind(new InetSocketAddress(port))
                .sync()
                .channel();
    }

    private void obey() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String order = line;
            loop.submit(() -> obey(order)).syncUninterruptibly();
            System.out.println("done");
        }
    }

    private void obey(String order) {
        if (order.equals("close-connections")) {
            leave();
            return;
        }
        fault = BackendFault.of(order);
        if (fault == BackendFault.RESET_AT_ACCEPT) {
            for (Channel channel : List.copyOf(connections.keySet())) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            }
        }
    }

    private void leave() {
        Map.copyOf(connections).forEach((channel, connection) -> connection.leave(channel));
    }

    /** On the event loop. */
    BackendFault fault() {
        return fault;
    }

    /** Whether a connection is to be closed behind its answer. On the event loop. */
    boolean ending() {
        return ending;
    }

    /** A connection was accepted. On the event loop. */
    void opened(Channel channel, BackendConnection connection) {
        connections.put(channel, connection);
        channel.closeFuture().addListener(closed -> connections.remove(channel));
    }

    /** On a thread of its own; the process ends when it returns. */
    private void end(Channel listener) {
        loop.submit(() -> {
                    ending = true;
                    listener.close();
                    leave();
                })
                .syncUninterruptibly();
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ENDING_MILLIS);
        while (open() && System.nanoTime() < deadlineNanos) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean open() {
        return !loop.submit(connections::isEmpty).syncUninterruptibly().getNow();
    }
}
