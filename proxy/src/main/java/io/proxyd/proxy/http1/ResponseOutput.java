package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.ViaField;
import java.nio.charset.StandardCharsets;

/** Writes the responses of one client connection. All on the event loop. */
final class ResponseOutput {
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};
    private static final byte[] CRLF = "\r\n".getBytes(StandardCharsets.US_ASCII);
    /** Room behind a head for the first of the chunks that are passed on as they come. */
    private static final int FIRST_CHUNKS_BYTES = 1024;

    private final LoopResources loop;
    private final MessageOutput out;
    private final ViaField via;
    private int minorVersion = 1;
    private boolean toHead;
    private boolean encodesChunks;
    private boolean closes;
    private boolean untilClose;
    private long bodyBytes;

    /** @param out of the connection */
    ResponseOutput(LoopResources loop, MessageOutput out, ViaField via) {
        this.loop = loop;
        this.out = out;
        this.via = via;
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
        HeadBuffer head = loop.headBuffer();
        ResponseHeadWriter.write(
                response, NOTHING, false, ResponseHeadWriter.Connection.DEFAULT, via, loop.date(), head);
        out.head(head, 0);
        out.flush();
    }

    void head(ResponseHead response, byte[] added, boolean rawChunks, boolean close) {
        boolean unsized = response.framing() == Framing.CHUNKED || response.framing() == Framing.UNTIL_CLOSE;
        boolean chunked = unsized && takesChunked() && !response.switchesProtocols();
        encodesChunks = chunked && !rawChunks;
        untilClose = unsized && !chunked;
        closes = close || untilClose;
        HeadBuffer head = loop.headBuffer();
        ResponseHeadWriter.write(
                response,
                added,
                chunked,
                ResponseHeadWriter.Connection.of(minorVersion, closes),
                via,
                loop.date(),
                head);
        out.head(
                head,
                rawChunks ? FIRST_CHUNKS_BYTES : response.framing() == Framing.LENGTH ? response.contentLength() : 0);
    }

    void failure(FailureKind kind, String detail, boolean close) {
        closes = close;
        HeadBuffer head = loop.headBuffer();
        bodyBytes += FailureResponse.write(
                kind, detail, !toHead, ResponseHeadWriter.Connection.of(minorVersion, close), loop.date(), head);
        out.head(head, 0);
    }

    /** A page of our own, without copying it. */
    void page(byte[] html, boolean close) {
        closes = close;
        HeadBuffer head = loop.headBuffer();
        FailureResponse.writePageHead(
                html.length, ResponseHeadWriter.Connection.of(minorVersion, close), loop.date(), head);
        out.head(head, 0);
        if (!toHead) {
            bodyBytes += html.length;
            out.body(Unpooled.wrappedBuffer(html));
        }
    }

    /** Takes ownership. */
    void body(ByteBuf part) {
        int length = part.readableBytes();
        bodyBytes += length;
        if (length == 0) {
            part.release();
        } else if (encodesChunks) {
            chunk(part, length);
        } else {
            out.body(part);
        }
    }

    /** Ends the response and flushes. */
    void end() {
        if (encodesChunks) {
            out.body(LAST_CHUNK, LAST_CHUNK.length);
        }
        out.flush();
    }

    /** Forgets the response that was started, if its head still waits; whether it did. */
    boolean retract() {
        if (!out.retract()) {
            return false;
        }
        encodesChunks = false;
        bodyBytes = 0;
        return true;
    }

    private void chunk(ByteBuf data, int length) {
        byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        out.body(size, size.length);
        out.body(data);
        out.body(CRLF, CRLF.length);
    }
}
