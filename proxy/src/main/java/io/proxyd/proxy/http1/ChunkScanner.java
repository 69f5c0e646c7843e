package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;

/**
 * Finds chunk data and the end of a chunked body (RFC 9112 section 7.1), strictly: bare LF, white space around the size,
 * oversized sizes and malformed extensions are refused. It changes nothing, so that the bytes can be passed as they are.
 */
final class ChunkScanner {
    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_EXTENSION_BYTES = 1024;
    private static final int MAX_TRAILER_BYTES = 8 * 1024;
    private static final int MAX_TRAILER_FIELDS = 64;

    /** Fields that would change how the message is read, routed or connected; RFC 9110 section 6.5.1 bars them. */
    private static final int BARRED_TRAILERS = Field.mask(
            Field.HOST,
            Field.CONTENT_LENGTH,
            Field.TRANSFER_ENCODING,
            Field.CONNECTION,
            Field.KEEP_ALIVE,
            Field.PROXY_CONNECTION,
            Field.TE,
            Field.TRAILER,
            Field.UPGRADE,
            Field.EXPECT,
            Field.X_FORWARDED_FOR,
            Field.X_FORWARDED_PROTO,
            Field.X_FORWARDED_HOST,
            Field.X_FORWARDED_OTHER,
            Field.X_REAL_IP,
            Field.X_REQUEST_ID,
            Field.FORWARDED,
            Field.LOOK_ALIKE);

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        END
    }

    private final ChunkExtension extension = new ChunkExtension();
    private State state = State.SIZE;
    private int digits;
    private int extensionBytes;
    private long remaining;
    private RequestHead trailers = NO_TRAILERS;
    private int trailerLine;

    private static final RequestHead NO_TRAILERS = new RequestHead();

    /** Makes ready for the next body. */
    void reset() {
        state = State.SIZE;
        digits = 0;
        extensionBytes = 0;
        remaining = 0;
        trailers = NO_TRAILERS;
        trailerLine = 0;
    }

    /**
     * Reads framing up to the next chunk data.
     *
     * @param in borrowed; its reader index moves over framing only
     * @return how many bytes of data stand at the reader index, which the caller must take before the next call; 0 if more
     *     input is needed; -1 if the body has ended at the reader index
     */
    int next(ByteBuf in) {
        while (state != State.END) {
            if (!in.isReadable()) {
                return 0;
            }
            if (state == State.DATA) {
                int available = (int) Math.min(remaining, in.readableBytes());
                remaining -= available;
                if (remaining == 0) {
                    state = State.DATA_CR;
                }
                return available;
            }
            if (state == State.TRAILER) {
                trailer(in);
            } else {
                framing(in.readByte());
            }
        }
        return -1;
    }

    private void framing(byte b) {
        switch (state) {
            case SIZE -> size(b);
            case EXTENSION -> extension(b);
            case SIZE_LF -> {
                expect(b, '\n');
                state = remaining == 0 ? State.TRAILER : State.DATA;
            }
            case DATA_CR -> {
                expect(b, '\r');
                state = State.DATA_LF;
            }
            case DATA_LF -> {
                expect(b, '\n');
                state = State.SIZE;
                digits = 0;
            }
            default -> throw new IllegalStateException(state.name());
        }
    }

    private void size(byte b) {
        int digit = b < 0 ? -1 : Character.digit(b, 16);
        if (digit >= 0) {
            if (++digits > MAX_SIZE_DIGITS) {
                throw FieldLine.bad("chunk size of more than " + MAX_SIZE_DIGITS + " digits");
            }
            remaining = remaining << 4 | digit;
            return;
        }
        if (digits == 0 || (b != '\r' && b != ';')) {
            throw FieldLine.bad("byte " + FieldLine.hex(b) + " in a chunk size");
        }
        if (b == '\r') {
            state = State.SIZE_LF;
        } else {
            state = State.EXTENSION;
            extension.begin();
        }
    }

    private void extension(byte b) {
        if (++extensionBytes > MAX_EXTENSION_BYTES) {
            throw FieldLine.bad("chunk extensions of more than " + MAX_EXTENSION_BYTES + " bytes in one body");
        }
        if (extension.ends(b)) {
            state = State.SIZE_LF;
        }
    }

    private static void expect(byte found, char expected) {
        if (found != expected) {
            throw FieldLine.bad("byte " + FieldLine.hex(found) + " where a chunk should end in CR LF");
        }
    }

    /** Trailers are rare, so they are copied a byte at a time until a line is whole. */
    private void trailer(ByteBuf in) {
        if (trailers == NO_TRAILERS) {
            trailers = new RequestHead();
            trailers.clear();
        }
        while (in.isReadable()) {
            byte b = in.readByte();
            int end = trailers.length();
            trailers.reserve(1)[end++] = b;
            trailers.length(end);
            if (b == '\n' && trailerLineEnds(end)) {
                state = State.END;
                return;
            }
            if (end > MAX_TRAILER_BYTES) {
                throw FieldLine.bad("trailers longer than " + MAX_TRAILER_BYTES + " bytes");
            }
        }
    }

    private boolean trailerLineEnds(int end) {
        byte[] bytes = trailers.bytes();
        if (bytes[trailerLine] == '\r') {
            return FieldLine.lineEnd(bytes, trailerLine, end) == end;
        }
        int next = FieldLine.read(trailers, bytes, trailerLine, end);
        int added = trailers.fieldCount() - 1;
        if (next != end || added == MAX_TRAILER_FIELDS) {
            throw FieldLine.bad("malformed trailers");
        }
        if ((BARRED_TRAILERS & 1 << trailers.field(added)) != 0) {
            throw FieldLine.bad("a trailer field that is not allowed in trailers");
        }
        trailerLine = next;
        return false;
    }
}
