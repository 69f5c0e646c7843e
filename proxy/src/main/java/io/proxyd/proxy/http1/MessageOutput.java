package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.proxyd.proxy.http.HeadBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of one connection. A head waits for the first part of its body, so that a small message is one buffer and
 * one plain write. All on the event loop.
 */
final class MessageOutput {
    /** Bodies up to this size are copied behind their head. */
    private static final int JOINED_BODY_BYTES = 4096;

    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ByteBuf unwrittenHead;

    void context(ChannelHandlerContext context) {
        ctx = context;
    }

    /** The handler's context; there is none before the handler was added to its channel. */
    ChannelHandlerContext context() {
        ChannelHandlerContext context = ctx;
        if (context == null) {
            throw new IllegalStateException("the connection has no channel yet");
        }
        return context;
    }

    /**
     * Starts a message.
     *
     * @param head borrowed
     * @param bodyBytes how much of the body is expected soon; -1 if that is not known
     */
    void head(HeadBuffer head, long bodyBytes) {
        int room = bodyBytes > 0 && bodyBytes <= JOINED_BODY_BYTES ? (int) bodyBytes : 0;
        unwrittenHead = head.toBuffer(context().alloc(), room);
    }

    /** Writes what follows the head, or joins it to the head; takes ownership. */
    void body(ByteBuf part) {
        ByteBuf head = unwrittenHead;
        if (head != null && part.readableBytes() <= head.writableBytes()) {
            head.writeBytes(part);
            part.release();
            return;
        }
        writeHead();
        write(part);
    }

    /** As {@link #body(ByteBuf)}, with the first bytes of an array that stays the caller's. */
    void body(byte[] source, int length) {
        ByteBuf head = unwrittenHead;
        if (head != null && length <= head.writableBytes()) {
            head.writeBytes(source, 0, length);
        } else {
            body(context().alloc().directBuffer(length).writeBytes(source, 0, length));
        }
    }

    void flush() {
        writeHead();
        context().flush();
    }

    /** Sends our FIN behind all that was written; the future is done when the last byte was. */
    ChannelFuture shutDownWhenWritten() {
        writeHead();
        return HalfClose.afterWrites(context());
    }

    boolean isWritable() {
        return context().channel().isWritable();
    }

    /** Bytes that the kernel has not taken yet. */
    long unwrittenBytes() {
        ChannelOutboundBuffer buffer = context().channel().unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    /** Takes a message back of which nothing was written yet; whether that was so. */
    boolean retract() {
        boolean unwritten = unwrittenHead != null;
        discard();
        return unwritten;
    }

    /** Lets go of a head that was not written. */
    void discard() {
        if (unwrittenHead != null) {
            unwrittenHead.release();
            unwrittenHead = null;
        }
    }

    private void writeHead() {
        ByteBuf head = unwrittenHead;
        if (head != null) {
            unwrittenHead = null;
            write(head);
        }
    }

    private void write(ByteBuf buffer) {
        ChannelHandlerContext context = context();
        context.write(buffer, context.voidPromise());
    }
}
