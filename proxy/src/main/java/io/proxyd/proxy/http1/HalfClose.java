package io.proxyd.proxy.http1;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends our FIN while the other side may still send. */
final class HalfClose {
    private static final Logger LOG = LoggerFactory.getLogger(HalfClose.class);

    private HalfClose() {}

    /**
     * Closes the output behind all that was written; nothing may be written after it.
     *
     * @return done when the last byte was written
     */
    static ChannelFuture afterWrites(ChannelHandlerContext context) {
        return context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                shutDown(context.channel());
            }
        });
    }

    /**
     * Asks the kernel directly where that is possible: Netty 4.2.17 on io_uring never closes a channel that was told to shut down its
     * output while a write is in flight (netty issue 17237).
     */
    private static void shutDown(Channel channel) {
        try {
            if (channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket) {
                socket.shutdown(false, true);
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            }
        } catch (IOException e) {
            LOG.debug("{} is closed already", channel, e);
            channel.close();
        }
    }
}
