package io.proxyd.proxy.route;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds one cookie of a request (RFC 6265, section 4.2.1) without making a String of anything. Immutable. */
final class CookieField {
    /** The request has no such cookie, or one without a value. */
    static final long ABSENT = -1;

    private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

    private final byte[] name;

    CookieField(String name) {
        this.name = name.getBytes(StandardCharsets.US_ASCII);
    }

    /** Where in {@link RequestHead#bytes} the value of the first cookie of that name is, see {@link #start} and {@link #end}. */
    long find(RequestHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.OTHER
                    && Field.equalsLowerCase(head.bytes(), head.nameStart(i), head.nameEnd(i), COOKIE)) {
                long found = find(head.bytes(), head.valueStart(i), head.valueEnd(i));
                if (found != ABSENT) {
                    return found;
                }
            }
        }
        return ABSENT;
    }

    private long find(byte[] bytes, int start, int end) {
        int next;
        for (int pair = start; pair < end; pair = next + 1) {
            next = pair;
            while (next < end && bytes[next] != ';') {
                next++;
            }
            while (pair < next && (bytes[pair] == ' ' || bytes[pair] == '\t')) {
                pair++;
            }
            int value = pair + name.length + 1;
            if (value < next
                    && bytes[value - 1] == '='
                    && Arrays.equals(name, 0, name.length, bytes, pair, value - 1)) {
                return ((long) value << Integer.SIZE) | trimmedEnd(bytes, value, next);
            }
        }
        return ABSENT;
    }

    private static int trimmedEnd(byte[] bytes, int start, int end) {
        int trimmed = end;
        while (trimmed > start && (bytes[trimmed - 1] == ' ' || bytes[trimmed - 1] == '\t')) {
            trimmed--;
        }
        return trimmed;
    }

    static int start(long found) {
        return (int) (found >>> Integer.SIZE);
    }

    static int end(long found) {
        return (int) found;
    }
}
