package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Finds chunk data and the end of a chunked body (RFC 9112 section 7.1), strictly: bare LF, white space behind the size, oversized
 * sizes and malformed extensions are refused. What it reads in {@link #next} can be passed as it is; extensions and trailers are
 * read apart from it, in {@link #omit}.
 */
final class ChunkScanner {
    /** What {@link #next} returns when the body has ended at the reader index. */
    static final int ENDED = -1;

    /** What {@link #next} returns before bytes that are not to be passed as they are: {@link #omit} has to take them. */
    static final int OMITTED = -2;

    private static final int MAX_SIZE_DIGITS = 16;
    private static final int MAX_SIZE_BITS = 60;
    private static final int MAX_EXTENSION_BYTES = 1024;

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_CR,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        LAST,
        LAST_LF,
        TRAILERS,
        END
    }

    private final ChunkExtension extension = new ChunkExtension();
    private State state = State.SIZE;
    private int digits;
    private int extensionBytes;
    private long remaining;
    private @Nullable Trailers trailers;

    /** Makes ready for the next body. */
    void reset() {
        state = State.SIZE;
        digits = 0;
        extensionBytes = 0;
        remaining = 0;
        trailers = null;
    }

    /**
     * Reads framing up to the next chunk data.
     *
     * @param in borrowed; its reader index moves over framing only
     * @return how many bytes of data stand at the reader index, which the caller must take before the next call; 0 if more
     *     input is needed; else {@link #ENDED} or {@link #OMITTED}
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
            if (state == State.EXTENSION || state == State.TRAILERS) {
                return OMITTED;
            }
            if (!framing(in.getByte(in.readerIndex()))) {
                in.skipBytes(1);
            }
        }
        return ENDED;
    }

    /** Reads extensions or trailers, as far as they are there. */
    void omit(ByteBuf in) {
        if (state == State.EXTENSION) {
            extension(in);
            return;
        }
        if (trailers == null) {
            trailers = new Trailers();
        }
        if (trailers.read(in)) {
            state = State.END;
        }
    }

    /** The trailers that pass and the empty line, owned by the caller, if that is what {@link #omit} has just completed. */
    @Nullable ByteBuf passedTrailers(ByteBufAllocator allocator) {
        return state == State.END && trailers != null ? trailers.passed(allocator) : null;
    }

    /** Takes one byte; true if it is not one of framing but the first one to be omitted. */
    private boolean framing(byte b) {
        switch (state) {
            case SIZE -> {
                return size(b);
            }
            case SIZE_CR -> expect(b, '\r', State.SIZE_LF);
            case SIZE_LF -> expect(b, '\n', remaining == 0 ? State.LAST : State.DATA);
            case DATA_CR -> expect(b, '\r', State.DATA_LF);
            case DATA_LF -> {
                expect(b, '\n', State.SIZE);
                digits = 0;
            }
            case LAST -> {
                state = b == '\r' ? State.LAST_LF : State.TRAILERS;
                return b != '\r';
            }
            case LAST_LF -> expect(b, '\n', State.END);
            default -> throw new IllegalStateException(state.name());
        }
        return false;
    }

    private boolean size(byte b) {
        int digit = b < 0 ? -1 : Character.digit(b, 16);
        if (digit >= 0) {
            if (++digits > MAX_SIZE_DIGITS || remaining >>> (MAX_SIZE_BITS - 4) != 0) {
                throw FieldLine.bad("chunk size too large or with too many zeros");
            }
            remaining = remaining << 4 | digit;
            return false;
        }
        boolean extended = b == ';' || b == ' ' || b == '\t';
        if (digits == 0 || (b != '\r' && !extended)) {
            throw FieldLine.bad("byte " + FieldLine.hex(b) + " in a chunk size");
        }
        if (extended) {
            state = State.EXTENSION;
            extension.begin();
            return true;
        }
        state = State.SIZE_LF;
        return false;
    }

    /** Up to the CR, which is left for {@link #next}. */
    private void extension(ByteBuf in) {
        while (in.isReadable()) {
            if (++extensionBytes > MAX_EXTENSION_BYTES) {
                throw FieldLine.bad("chunk extensions of more than " + MAX_EXTENSION_BYTES + " bytes in one body");
            }
            if (extension.ends(in.getByte(in.readerIndex()))) {
                state = State.SIZE_CR;
                return;
            }
            in.skipBytes(1);
        }
    }

    private void expect(byte found, char expected, State next) {
        if (found != expected) {
            throw FieldLine.bad("byte " + FieldLine.hex(found) + " where a chunk should end in CR LF");
        }
        state = next;
    }
}
