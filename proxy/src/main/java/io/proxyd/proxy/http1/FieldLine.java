package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import io.proxyd.proxy.http.Refusal;

/** One field line (RFC 9112 section 5), strictly: no folding, no space before the colon, no control characters. */
final class FieldLine {
    /** True for each byte that may stand in a field value (RFC 9110 section 5.5). */
    private static final boolean[] VALUE = new boolean[256];

    static {
        VALUE['\t'] = true;
        for (int c = 0x20; c < 0x100; c++) {
            VALUE[c] = c != 0x7F;
        }
    }

    private FieldLine() {}

    /**
     * Reads the line that starts at {@code start} and adds the field to the head.
     *
     * @param end end of the bytes received so far
     * @return start of the next line, or -1 if the line is not complete yet
     */
    static int read(Head head, byte[] bytes, int start, int end) {
        int i = start;
        int hash = 0;
        for (; i < end; i++) {
            int c = Field.tokenByte(bytes[i]);
            if (c == 0) {
                break;
            }
            hash = Field.hashStep(hash, c);
        }
        if (i == end) {
            return -1;
        }
        if (bytes[i] != ':' || i == start) {
            throw badName(bytes[i], i == start);
        }
        int nameEnd = i++;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        int valueStart = i;
        while (i < end && VALUE[bytes[i] & 0xFF]) {
            i++;
        }
        int next = lineEnd(bytes, i, end);
        if (next < 0) {
            return -1;
        }
        int valueEnd = i;
        while (valueEnd > valueStart && (bytes[valueEnd - 1] == ' ' || bytes[valueEnd - 1] == '\t')) {
            valueEnd--;
        }
        head.addField(start, nameEnd, valueStart, valueEnd, Field.id(bytes, start, nameEnd, hash));
        return next;
    }

    /**
     * Expects CR LF at {@code i}.
     *
     * @return the position behind it, or -1 if it is not complete yet
     */
    static int lineEnd(byte[] bytes, int i, int end) {
        if (i == end) {
            return -1;
        }
        if (bytes[i] != '\r') {
            throw bad("control character " + hex(bytes[i]) + " where a line should end in CR LF");
        }
        if (i + 1 == end) {
            return -1;
        }
        if (bytes[i + 1] != '\n') {
            throw bad("CR without LF");
        }
        return i + 2;
    }

    static boolean mayStandInValue(byte b) {
        return VALUE[b & 0xFF];
    }

    static Refusal bad(String detail) {
        return new Refusal(FailureKind.BAD_REQUEST, detail);
    }

    static String hex(byte b) {
        return String.format("0x%02X", b & 0xFF);
    }

    private static Refusal badName(byte found, boolean atStart) {
        if (atStart && (found == ' ' || found == '\t')) {
            return bad("line folding in the head");
        }
        if (found == ' ' || found == '\t') {
            return bad("white space before the colon of a field");
        }
        return bad(found == ':' ? "empty field name" : "byte " + hex(found) + " in a field name");
    }
}
