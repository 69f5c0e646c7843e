package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import java.nio.charset.StandardCharsets;

/** The Connection field (RFC 9110 section 7.6.1): whether the connection persists, and which fields end at this hop. */
final class ConnectionField {
    private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UPGRADE = "upgrade".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

    private ConnectionField() {}

    /** Sets {@link Head#keepAlive} and marks the nominated fields. */
    static void apply(Head head) {
        boolean close = false;
        boolean keepAlive = false;
        if (head.has(Field.CONNECTION)) {
            byte[] bytes = head.bytes();
            for (int i = 0; i < head.fieldCount(); i++) {
                if (head.field(i) != Field.CONNECTION) {
                    continue;
                }
                int at = head.valueStart(i);
                int end = head.valueEnd(i);
                while (at < end) {
                    int start = at;
                    while (at < end && Field.tokenByte(bytes[at]) != 0) {
                        at++;
                    }
                    if (at < end && at == start && bytes[at] != ',' && bytes[at] != ' ' && bytes[at] != '\t') {
                        throw FieldLine.bad("byte " + FieldLine.hex(bytes[at]) + " in Connection");
                    }
                    if (at == start) {
                        at++;
                    } else if (Field.equalsLowerCase(bytes, start, at, CLOSE)) {
                        close = true;
                    } else if (Field.equalsLowerCase(bytes, start, at, KEEP_ALIVE)) {
                        keepAlive = true;
                    } else if (Field.equalsLowerCase(bytes, start, at, UPGRADE)) {
                        head.upgradeNamed(true);
                    } else {
                        nominate(head, start, at);
                    }
                }
            }
        }
        head.keepAlive(!close && (head.minorVersion() > 0 || keepAlive));
    }

    /** Fields that proxyd acts on are its own to drop or set, so only the others can be nominated. */
    private static void nominate(Head head, int start, int end) {
        byte[] name = new byte[end - start];
        for (int i = 0; i < name.length; i++) {
            name[i] = (byte) Field.tokenByte(head.bytes()[start + i]);
        }
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.OTHER
                    && Field.equalsLowerCase(head.bytes(), head.nameStart(i), head.nameEnd(i), name)) {
                head.nominate(i);
            }
        }
    }
}
