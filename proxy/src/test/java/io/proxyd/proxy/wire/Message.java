package io.proxyd.proxy.wire;

import java.nio.charset.StandardCharsets;

/**
 * A whole message.
 *
 * @param body its content, without chunk framing
 * @param wireBody its body as it stood on the wire
 * @param trailers none unless it was chunked
 */
record Message(MessageHead head, byte[] body, byte[] wireBody, MessageHead trailers) {
    int status() {
        return head.status();
    }

    String target() {
        return head.target();
    }

    String text() {
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    String wireText() {
        return new String(wireBody, StandardCharsets.ISO_8859_1);
    }
}
