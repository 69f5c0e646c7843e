package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;

/**
 * The grammar of chunk extensions (RFC 9112 section 7.1.1): {@code ;name}, {@code ;name=token} and {@code ;name="quoted"}. White
 * space around {@code ;} and {@code =} is bad but has to be read.
 */
final class ChunkExtension {
    private enum State {
        BEFORE_FIRST,
        NAME_START,
        NAME,
        AFTER_NAME,
        VALUE_START,
        VALUE,
        QUOTED,
        ESCAPED,
        AFTER_VALUE
    }

    private State state = State.BEFORE_FIRST;

    /** The size has ended, with a semicolon or with white space, which is the next byte to come. */
    void begin() {
        state = State.BEFORE_FIRST;
    }

    /** Takes one byte; true when it is the CR that ends the extensions. */
    boolean ends(byte b) {
        boolean white = b == ' ' || b == '\t';
        switch (state) {
            case BEFORE_FIRST -> state = white ? state : semicolon(b);
            case NAME_START -> state = white ? state : token(b, State.NAME);
            case NAME, AFTER_NAME -> {
                if (b == '=') {
                    state = State.VALUE_START;
                } else {
                    return afterToken(b, white, State.NAME, State.AFTER_NAME);
                }
            }
            case VALUE_START -> state = white ? state : b == '"' ? State.QUOTED : token(b, State.VALUE);
            case VALUE, AFTER_VALUE -> {
                return afterToken(b, white, State.VALUE, State.AFTER_VALUE);
            }
            case QUOTED -> {
                text(b);
                state = b == '\\' ? State.ESCAPED : b == '"' ? State.AFTER_VALUE : state;
            }
            case ESCAPED -> {
                text(b);
                state = State.QUOTED;
            }
        }
        return false;
    }

    /** More of a token, or what may stand behind it. */
    private boolean afterToken(byte b, boolean white, State within, State after) {
        if (b == '\r') {
            return true;
        }
        if (white) {
            state = after;
        } else if (b == ';' || state == after) {
            state = semicolon(b);
        } else {
            state = token(b, within);
        }
        return false;
    }

    private static State semicolon(byte b) {
        if (b != ';') {
            throw malformed(b);
        }
        return State.NAME_START;
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
