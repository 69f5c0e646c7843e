package io.proxyd.proxy.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http1.RequestHeadParser;
import java.nio.charset.StandardCharsets;

/** Request heads as the parser leaves them. */
final class Heads {
    private Heads() {}

    /** A GET with a Host field. */
    static RequestHead get(String host, String target) {
        return parse("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }

    static RequestHead parse(String text) {
        RequestHead head = new RequestHead();
        head.clear();
        ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
        try {
            if (!new RequestHeadParser(SampleConfig.LIMITS).parse(head, in)) {
                throw new IllegalArgumentException("not a whole head: " + text);
            }
            return head;
        } finally {
            in.release();
        }
    }
}
