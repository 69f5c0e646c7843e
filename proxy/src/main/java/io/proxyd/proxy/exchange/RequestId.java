package io.proxyd.proxy.exchange;

import java.nio.charset.StandardCharsets;

/**
 * An id that is looked for.
 *
 * @param text as it came with the request, if it did
 * @param made whether it may be one that proxyd made, which are kept as two numbers
 */
record RequestId(byte[] text, boolean made, long high, long low) {
    private static final int HALF = 16;

    static RequestId of(String id) {
        byte[] text = id.getBytes(StandardCharsets.ISO_8859_1);
        if (!id.matches("[0-9a-fA-F]{32}")) {
            return new RequestId(text, false, 0, 0);
        }
        return new RequestId(
                text,
                true,
                Long.parseUnsignedLong(id, 0, HALF, HALF),
                Long.parseUnsignedLong(id, HALF, 2 * HALF, HALF));
    }
}
