package io.proxyd.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between one listener socket and its new connections: serves those for which there is room, refuses those of a client
 * that has too many, and stops to accept while there is no room, no memory, or accepting fails. What the transport had accepted by then is
 * held, unserved: a batch of at most 16. On the event loop of its socket, but for {@link #wake}.
 */
final class AcceptGate extends ChannelInboundHandlerAdapter {
    /** Long enough to cost nothing, short enough to use a file descriptor or memory that was given back. */
    private static final long PAUSE_MILLIS = 100;

    private record Accepted(Channel channel, @Nullable ClientBlock client) {}

    private final ConnectionLimit limit;
    private final BooleanSupplier memoryShort;
    private final EventLoop loop;
    private final ArrayDeque<Accepted> held = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext socket;
    private boolean full;
    private boolean pausing;
    private boolean stopped;

    /** @param memoryShort whether there is no memory for further connections */
    AcceptGate(ConnectionLimit limit, BooleanSupplier memoryShort, EventLoop loop) {
        this.limit = limit;
        this.memoryShort = memoryShort;
        this.loop = loop;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        socket = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        Channel channel = (Channel) message;
        SocketAddress peer = channel.remoteAddress();
        ClientBlock client = limit.client(peer);
        if (client != null && !limit.enter(client, peer)) {
            reset(channel);
            return;
        }
        Accepted accepted = new Accepted(channel, client);
        if (held.isEmpty() && limit.take()) {
            serve(context, accepted);
        } else {
            held.add(accepted);
            if (!full) {
                limit.reached();
                awaitRoom();
            }
        }
    }

    private void serve(ChannelHandlerContext context, Accepted accepted) {
        accepted.channel().closeFuture().addListener(closed -> {
            limit.leave(accepted.client());
            limit.giveBack();
        });
        context.fireChannelRead(accepted.channel());
    }

    private void awaitRoom() {
        full = true;
        limit.await(this);
        updateReading();
    }

    /** There may be room. Any thread. */
    void wake() {
        loop.execute(this::resume);
    }

    private void resume() {
        ChannelHandlerContext context = socket;
        full = false;
        if (context == null || !context.channel().isActive()) {
            limit.wakeNext();
            return;
        }
        while (!held.isEmpty()) {
            if (!limit.take()) {
                awaitRoom();
                return;
            }
            serve(context, held.remove());
        }
        updateReading();
    }

    /** Out of file descriptors or memory, most of the time. The socket stays readable, so trying on at once would spin. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException failure)) {
            context.fireExceptionCaught(cause);
            return;
        }
        limit.acceptFailed(failure);
        pause();
    }

    /** Without memory the batch that has just come is the last one for now. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (memoryShort.getAsBoolean()) {
            pause();
        }
        context.fireChannelReadComplete();
    }

    private void pause() {
        if (!pausing) {
            pausing = true;
            updateReading();
            loop.schedule(this::tryAgain, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void tryAgain() {
        pausing = false;
        if (memoryShort.getAsBoolean()) {
            pause();
        } else {
            updateReading();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        limit.withdraw(this);
        for (Accepted accepted : held) {
            limit.leave(accepted.client());
            reset(accepted.channel());
        }
        held.clear();
        context.fireChannelInactive();
    }

    /** Stops to accept, or goes on. What waits in the kernel waits for whoever accepts on the same socket next. Any thread. */
    CompletableFuture<Void> stop(boolean stop) {
        return CompletableFuture.runAsync(
                () -> {
                    stopped = stop;
                    updateReading();
                },
                loop);
    }

    private void updateReading() {
        ChannelHandlerContext context = socket;
        if (context != null) {
            context.channel().config().setAutoRead(!full && !pausing && !stopped);
        }
    }

    /** Closes a connection that no event loop has yet; a reset leaves nothing behind in the kernel. */
    private static void reset(Channel channel) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } finally {
            channel.unsafe().closeForcibly();
        }
    }
}
