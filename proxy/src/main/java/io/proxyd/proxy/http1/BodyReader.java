package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.Head;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the body of one message out of a stream of reads. In raw mode a chunked body comes out as it is on the wire, checked
 * but not re-encoded, without extensions and without trailers that may not stand there; else only its data does.
 */
final class BodyReader {
    private Framing framing = Framing.NONE;
    private boolean raw;
    private long remaining;
    private boolean ended;
    private final ChunkScanner chunks = new ChunkScanner();

    /** Starts with the body that follows {@code head}. */
    void begin(Head head) {
        framing = head.framing();
        remaining = Math.max(0, head.contentLength());
        ended = framing == Framing.NONE;
        raw = false;
        if (framing == Framing.CHUNKED) {
            chunks.reset();
        }
    }

    /** From here on everything is the body, up to the end of the connection. */
    void beginTunnel() {
        framing = Framing.UNTIL_CLOSE;
        ended = false;
    }

    void raw(boolean value) {
        raw = value;
    }

    /** Whether the whole body was read. */
    boolean ended() {
        return ended;
    }

    Framing framing() {
        return framing;
    }

    /**
     * Takes the next part of the body.
     *
     * @param in borrowed
     * @return a part, owned by the caller; null if {@code in} holds no more of this body
     */
    @Nullable ByteBuf read(ByteBuf in) {
        if (ended || !in.isReadable()) {
            return null;
        }
        return switch (framing) {
            case NONE -> null;
            case UNTIL_CLOSE -> in.readRetainedSlice(in.readableBytes());
            case LENGTH -> sized(in);
            case CHUNKED -> raw ? chunkedAsIs(in) : chunkData(in);
        };
    }

    private ByteBuf sized(ByteBuf in) {
        int part = (int) Math.min(remaining, in.readableBytes());
        remaining -= part;
        ended = remaining == 0;
        return in.readRetainedSlice(part);
    }

    private @Nullable ByteBuf chunkData(ByteBuf in) {
        int data = chunks.next(in);
        while (data == ChunkScanner.OMITTED) {
            chunks.omit(in);
            data = chunks.next(in);
        }
        ended = data == ChunkScanner.ENDED;
        return data > 0 ? in.readRetainedSlice(data) : null;
    }

    /** The longest run that passes as it is, up to an extension or to trailers. */
    private @Nullable ByteBuf chunkedAsIs(ByteBuf in) {
        while (true) {
            int start = in.readerIndex();
            int data = chunks.next(in);
            while (data > 0) {
                in.skipBytes(data);
                data = chunks.next(in);
            }
            ended = data == ChunkScanner.ENDED;
            if (in.readerIndex() > start) {
                return in.retainedSlice(start, in.readerIndex() - start);
            }
            if (data != ChunkScanner.OMITTED) {
                return null;
            }
            chunks.omit(in);
            ByteBuf trailers = chunks.passedTrailers(in.alloc());
            if (trailers != null) {
                ended = true;
                return trailers;
            }
        }
    }
}
