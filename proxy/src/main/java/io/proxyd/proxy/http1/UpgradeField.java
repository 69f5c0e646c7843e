package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import java.nio.charset.StandardCharsets;

/** The Upgrade field (RFC 9110 section 7.8): a list of protocols, of which proxyd knows one. */
final class UpgradeField {
    private static final byte[] WEBSOCKET = "websocket".getBytes(StandardCharsets.US_ASCII);

    private UpgradeField() {}

    /** Whether WebSocket (RFC 6455) is among the protocols. */
    static boolean namesWebSocket(Head head) {
        if (!head.has(Field.UPGRADE)) {
            return false;
        }
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.UPGRADE && namesWebSocket(head.bytes(), head.valueStart(i), head.valueEnd(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean namesWebSocket(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            int start = at;
            while (at < to && bytes[at] != ',') {
                at++;
            }
            int end = at++;
            while (start < end && isSpace(bytes[start])) {
                start++;
            }
            while (end > start && isSpace(bytes[end - 1])) {
                end--;
            }
            if (Field.equalsLowerCase(bytes, start, end, WEBSOCKET)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t';
    }
}
