package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import java.nio.charset.StandardCharsets;

/** The Connection field (RFC 9110 section 7.6.1): whether the connection persists, and which fields end at this hop. */
final class ConnectionField {
    private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPGRADE = "upgrade".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

    /** What proxyd acts on is its own to drop or set; a field of another kind ends here where Connection names it. */
    private static final int NOMINABLE = Field.mask(
            Field.OTHER,
            Field.TRAILER,
            Field.USER_AGENT,
            Field.REFERER,
            Field.PROXY_AUTHENTICATE,
            Field.PROXY_AUTHORIZATION);

    private static final int CLOSES = 1;
    private static final int KEEPS = 2;

    private ConnectionField() {}

    /** Sets {@link Head#keepAlive} and marks the nominated fields. */
    static void apply(Head head) {
        head.keepAlive(head.minorVersion() > 0);
        if (!head.has(Field.CONNECTION)) {
            return;
        }
        int options = 0;
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.CONNECTION) {
                options |= options(head, head.valueStart(i), head.valueEnd(i));
            }
        }
        boolean close = (options & CLOSES) != 0;
        boolean keepAlive = (options & KEEPS) != 0;
        head.keepAlive(!close && (head.minorVersion() > 0 || keepAlive));
    }

    /**
     * Reads a list of tokens (RFC 9110 section 5.6.1), empty elements allowed; returns what is said of the connection. An element that
     * is no token asks for nothing that could be known, and readers differ in what they take it for: the connection ends after such a
     * message.
     */
    private static int options(Head head, int valueStart, int valueEnd) {
        byte[] bytes = head.bytes();
        int options = 0;
        int at = skipWhiteSpace(bytes, valueStart, valueEnd);
        while (at < valueEnd) {
            int start = at;
            while (at < valueEnd && Field.tokenByte(bytes[at]) != 0) {
                at++;
            }
            if (at > start) {
                options |= option(head, start, at);
            }
            at = skipWhiteSpace(bytes, at, valueEnd);
            if (at < valueEnd && bytes[at] != ',') {
                options |= CLOSES;
                at = nextComma(bytes, at, valueEnd);
            }
            at = skipWhiteSpace(bytes, at + 1, valueEnd);
        }
        return options;
    }

    private static int option(Head head, int start, int end) {
        if (Field.equalsLowerCase(head.bytes(), start, end, CLOSE)) {
            return CLOSES;
        }
        if (Field.equalsLowerCase(head.bytes(), start, end, KEEP_ALIVE)) {
            return KEEPS;
        }
        if (Field.equalsLowerCase(head.bytes(), start, end, UPGRADE)) {
            head.upgradeNamed(true);
        } else {
            nominate(head, start, end);
        }
        return 0;
    }

    private static int nextComma(byte[] bytes, int start, int end) {
        int at = start;
        while (at < end && bytes[at] != ',') {
            at++;
        }
        return at;
    }

    private static int skipWhiteSpace(byte[] bytes, int start, int end) {
        int at = start;
        while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private static void nominate(Head head, int start, int end) {
        byte[] name = new byte[end - start];
        for (int i = 0; i < name.length; i++) {
            name[i] = (byte) Field.tokenByte(head.bytes()[start + i]);
        }
        for (int i = 0; i < head.fieldCount(); i++) {
            if ((NOMINABLE & 1 << head.field(i)) != 0
                    && Field.equalsLowerCase(head.bytes(), head.nameStart(i), head.nameEnd(i), name)) {
                head.nominate(i);
            }
        }
    }
}
