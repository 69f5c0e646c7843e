package io.proxyd.proxy.http1;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;

/** Sends our FIN while the other side may still send. */
final class HalfClose {
    private HalfClose() {}

    /**
     * Closes the output behind all that was written.
     *
     * <p>In a turn of its own after the last write has completed: Netty 4.2.17 on io_uring never closes a channel whose output is shut
     * down while a write is in flight (netty issue 17237).
     *
     * @return done when the last byte was written
     */
    static ChannelFuture afterWrites(ChannelHandlerContext context) {
        return context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess() && context.channel() instanceof DuplexChannel channel) {
                context.executor().execute(channel::shutdownOutput);
            }
        });
    }
}
