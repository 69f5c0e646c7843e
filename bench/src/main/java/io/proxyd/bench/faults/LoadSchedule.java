package io.proxyd.bench.faults;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests when they are due, whatever became of those before: on the free connection that was used last, or on a new one.
 * Before that it warms the server up with more requests a second, few at a time, which do not count. All on one event loop,
 * except where a method says otherwise.
 */
final class LoadSchedule {
    private static final int MAX_CONNECTIONS = 2000;
    private static final int MAX_WARM_UP_REQUESTS = 32;
    private static final double SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    private final EventLoop loop;
    private final InetSocketAddress target;
    private final String prefix;
    private final Outcomes outcomes;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final ArrayDeque<LoadClient> free = new ArrayDeque<>();
    private final Set<LoadRequest> open = new LinkedHashSet<>();
    private int connections;
    private boolean warmingUp;
    private long startNanos;
    private double nanosPerRequest;
    private long sent;
    private long number;
    private long stopNanos = Long.MAX_VALUE;

    LoadSchedule(EventLoop loop, InetSocketAddress target, String prefix, Outcomes outcomes) {
        this.loop = loop;
        this.target = target;
        this.prefix = prefix;
        this.outcomes = outcomes;
    }

    /** Sends at this rate from now on, until the next call of this method or of stop. Any thread; returns when it has begun. */
    void send(double requestsPerSecond, boolean warmUp) {
        loop.submit(() -> {
                    boolean first = startNanos == 0;
                    warmingUp = warmUp;
                    nanosPerRequest = SECOND_NANOS / requestsPerSecond;
                    startNanos = System.nanoTime();
                    sent = 0;
                    if (first) {
                        tick();
                    }
                })
                .syncUninterruptibly();
    }

    /** Sends no more. Any thread; returns when all requests have ended, 12 s later at most. */
    void stop() {
        loop.submit(() -> {
                    stopNanos = System.nanoTime();
                })
                .syncUninterruptibly();
        over.join();
    }

    private void tick() {
        long now = System.nanoTime();
        if (now < stopNanos) {
            sendDue(now);
            loop.schedule(this::tick, Math.max(1, due(sent) - System.nanoTime()), TimeUnit.NANOSECONDS);
        } else if (open.isEmpty() || now - stopNanos > PATIENCE.toNanos()) {
            open.stream()
                    .filter(LoadRequest::recorded)
                    .forEach(request -> outcomes.add(request.dueNanos(), now, request.method(), "unanswered"));
            over.complete(null);
        } else {
            loop.schedule(this::tick, 1, TimeUnit.MILLISECONDS);
        }
    }

    private void sendDue(long now) {
        while (due(sent) <= now) {
            LoadRequest request = LoadRequest.of(prefix, number, due(sent), !warmingUp);
            sent++;
            if (!warmingUp || open.size() < MAX_WARM_UP_REQUESTS) {
                number++;
                send(request);
            }
        }
    }

    private long due(long request) {
        return startNanos + (long) (request * nanosPerRequest);
    }

    private void send(LoadRequest request) {
        open.add(request);
        LoadClient client = free.pollLast();
        if (client != null) {
            client.send(request);
        } else if (connections == MAX_CONNECTIONS) {
            ended(request, "capped");
        } else {
            connect(new LoadClient(this, request));
        }
    }

    private void connect(LoadClient client) {
        connections++;
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpResponseDecoder(), client);
                    }
                })
                .connect(target)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        connections--;
                        client.refused();
                    }
                });
    }

    /** A connection has nothing to do. */
    void free(LoadClient client) {
        free.addLast(client);
    }

    /** A connection is gone. */
    void closed(LoadClient client) {
        connections--;
        free.remove(client);
    }

    /** A request has ended: with a status, or with a word for what went wrong. */
    void ended(LoadRequest request, String outcome) {
        open.remove(request);
        if (request.recorded()) {
            outcomes.add(request.dueNanos(), System.nanoTime(), request.method(), outcome);
        }
    }
}
