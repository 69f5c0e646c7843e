package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the responses of one client connection. The head waits for the first part of the body, so that a small response is one
 * buffer and one plain write. All on the event loop.
 */
final class ResponseOutput {
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CRLF = "\r\n".getBytes(StandardCharsets.US_ASCII);
    /** Bodies and chunks up to this size are copied behind the head. */
    private static final int JOINED_BODY_BYTES = 4096;

    private final LoopResources loop;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ByteBuf unwrittenHead;
    private int minorVersion = 1;
    private boolean toHead;
    private boolean encodesChunks;
    private boolean closes;
    private boolean untilClose;
    private long bodyBytes;

    ResponseOutput(LoopResources loop) {
        this.loop = loop;
    }

    void context(ChannelHandlerContext context) {
        ctx = context;
    }

    /** Starts the answer to a request, which may be one that was refused half-read. */
    void begin(RequestHead request) {
        minorVersion = request.minorVersion();
        toHead = request.method() == Method.HEAD;
        encodesChunks = false;
        closes = false;
        untilClose = false;
        bodyBytes = 0;
    }

    /** Whether the client knows the chunked coding. */
    boolean takesChunked() {
        return minorVersion > 0;
    }

    /** Whether the response that was started ends its connection. */
    boolean closes() {
        return closes;
    }

    /** Whether the client can tell the end of the response by nothing but the end of the connection. */
    boolean untilClose() {
        return untilClose;
    }

    long bodyBytes() {
        return bodyBytes;
    }

    void interim(ResponseHead response) {
        if (minorVersion == 0) {
            return;
        }
        HeadBuffer out = loop.headBuffer();
        ResponseHeadWriter.write(response, false, ResponseHeadWriter.Connection.DEFAULT, loop.date(), out);
        write(out.toBuffer(context().alloc(), 0));
        context().flush();
    }

    void head(ResponseHead response, boolean rawChunks, boolean close) {
        boolean unsized = response.framing() == Framing.CHUNKED || response.framing() == Framing.UNTIL_CLOSE;
        boolean chunked = unsized && takesChunked() && !response.switchesProtocols();
        encodesChunks = chunked && !rawChunks;
        untilClose = unsized && !chunked;
        closes = close || untilClose;
        HeadBuffer out = loop.headBuffer();
        ResponseHeadWriter.write(
                response, chunked, ResponseHeadWriter.Connection.of(minorVersion, closes), loop.date(), out);
        unwrittenHead = out.toBuffer(context().alloc(), spare(response, rawChunks));
    }

    private static int spare(ResponseHead response, boolean rawChunks) {
        if (response.framing() == Framing.LENGTH && response.contentLength() <= JOINED_BODY_BYTES) {
            return (int) response.contentLength();
        }
        return rawChunks ? JOINED_BODY_BYTES / 4 : 0;
    }

    void failure(FailureKind kind, String detail, boolean close) {
        closes = close;
        HeadBuffer out = loop.headBuffer();
        bodyBytes += FailureResponse.write(
                kind, detail, !toHead, ResponseHeadWriter.Connection.of(minorVersion, close), loop.date(), out);
        unwrittenHead = out.toBuffer(context().alloc(), 0);
    }

    /** Takes ownership. */
    void body(ByteBuf part) {
        int length = part.readableBytes();
        bodyBytes += length;
        if (length == 0) {
            part.release();
            return;
        }
        if (encodesChunks) {
            HeadBuffer size = loop.headBuffer();
            size.append(Integer.toHexString(length).getBytes(StandardCharsets.US_ASCII))
                    .append(CRLF);
            join(size.toBuffer(context().alloc(), 0));
            join(part);
            join(ByteBufUtil.writeAscii(context().alloc(), "\r\n"));
            return;
        }
        join(part);
    }

    /** Ends the response and flushes. */
    void end() {
        if (encodesChunks) {
            join(context().alloc().buffer(LAST_CHUNK.length).writeBytes(LAST_CHUNK));
        }
        flush();
    }

    void flush() {
        writeHead();
        context().flush();
    }

    /** A future that is done when all before it was written. */
    ChannelFuture writeEmpty() {
        return context().writeAndFlush(Unpooled.EMPTY_BUFFER);
    }

    /** Sends our FIN behind all that was written; the future is done when it was written. */
    ChannelFuture shutdownWhenWritten() {
        return HalfClose.afterWrites(context());
    }

    /** Lets go of what was not written. */
    void discard() {
        if (unwrittenHead != null) {
            unwrittenHead.release();
            unwrittenHead = null;
        }
    }

    private void join(ByteBuf part) {
        ByteBuf head = unwrittenHead;
        if (head != null && part.readableBytes() <= head.writableBytes()) {
            head.writeBytes(part);
            part.release();
            return;
        }
        writeHead();
        write(part);
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

    private ChannelHandlerContext context() {
        ChannelHandlerContext context = ctx;
        if (context == null) {
            throw new IllegalStateException("the connection has no channel yet");
        }
        return context;
    }
}
