package io.proxyd.proxy.http1;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;

/** The ways in which a client connection ends, of which the first that is taken decides. All on the event loop. */
final class ConnectionEnd {
    private final MessageOutput output;
    private final DownstreamTimeouts timeouts;
    private final Runnable onBegin;
    private boolean begun;

    /** @param onBegin lets go of all that was under way and discards what still comes */
    ConnectionEnd(MessageOutput output, DownstreamTimeouts timeouts, Runnable onBegin) {
        this.output = output;
        this.timeouts = timeouts;
        this.onBegin = onBegin;
    }

    /** Whether no further request is served. */
    boolean begun() {
        return begun;
    }

    /** For a client that has said all and knows that we close: it needs no lingering. */
    void closeWhenWritten() {
        begin();
        output.context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Closes our side, then reads on for a while and discards: closing at once with unread input would reset the connection and
     * could destroy the response on its way (RFC 9112 section 9.6).
     */
    void linger() {
        if (!begun) {
            begin();
            output.shutDownWhenWritten().addListener(f -> timeouts.lingering());
        }
    }

    /** Closes at once, so that the client sees a reset: a FIN could be taken for the proper end of a response. */
    void reset() {
        Channel channel = output.context().channel();
        if (channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        close();
    }

    /** Closes at once. */
    void close() {
        begun = true; // the transport may deliver more before it has closed
        output.context().close();
    }

    private void begin() {
        if (!begun) {
            begun = true;
            onBegin.run();
            timeouts.idle(); // watches that what is unwritten leaves
        }
    }
}
