package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;

/** The grammar of {@code ;name}, {@code ;name=token} and {@code ;name="quoted"} behind a chunk size, without white space. */
final class ChunkExtension {
    private enum State {
        NAME_START,
        NAME,
        VALUE_START,
        VALUE,
        QUOTED,
        ESCAPED,
        QUOTE_CLOSED
    }

    private State state = State.NAME_START;

    /** A semicolon was read. */
    void begin() {
        state = State.NAME_START;
    }

    /** Takes one byte; true when it is the CR that ends the extensions. */
    boolean ends(byte b) {
        switch (state) {
            case NAME_START -> state = token(b, State.NAME);
            case NAME -> {
                if (b == '=') {
                    state = State.VALUE_START;
                } else {
                    return tokenOrNext(b, State.NAME);
                }
            }
            case VALUE_START -> state = b == '"' ? State.QUOTED : token(b, State.VALUE);
            case VALUE -> {
                return tokenOrNext(b, State.VALUE);
            }
            case QUOTED -> {
                if (b == '\\') {
                    state = State.ESCAPED;
                } else if (b == '"') {
                    state = State.QUOTE_CLOSED;
                } else {
                    text(b);
                }
            }
            case ESCAPED -> {
                text(b);
                state = State.QUOTED;
            }
            case QUOTE_CLOSED -> {
                return separator(b);
            }
        }
        return false;
    }

    private boolean tokenOrNext(byte b, State same) {
        if (b == '\r' || b == ';') {
            return separator(b);
        }
        state = token(b, same);
        return false;
    }

    private boolean separator(byte b) {
        if (b == ';') {
            state = State.NAME_START;
            return false;
        }
        if (b != '\r') {
            throw malformed(b);
        }
        return true;
    }

    private static State token(byte b, State next) {
        if (Field.tokenByte(b) == 0) {
            throw malformed(b);
        }
        return next;
    }

    private static void text(byte b) {
        if (!FieldLine.mayStandInValue(b)) {
            throw malformed(b);
        }
    }

    private static RuntimeException malformed(byte b) {
        return FieldLine.bad("byte " + FieldLine.hex(b) + " in a chunk extension");
    }
}
