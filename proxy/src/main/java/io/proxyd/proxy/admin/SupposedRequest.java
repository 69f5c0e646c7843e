package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http1.RequestHeadParser;
import java.nio.charset.StandardCharsets;

/** A request as it would come from a client, read by the parser that clients' requests are read by. */
final class SupposedRequest {
    private static final ListenerConfig.Limits LIMITS = new ListenerConfig.Limits(8 * 1024, 32 * 1024, 128);

    private SupposedRequest() {}

    /**
     * Reads its head.
     *
     * @throws Refusal where a listener would refuse it
     * @throws IllegalArgumentException if one of the parts has a blank or a control character, and so would be several
     */
    static RequestHead head(String method, String host, String path) {
        String line = plain("method", method) + " " + plain("path", path) + " HTTP/1.1\r\n";
        ByteBuf bytes =
                Unpooled.copiedBuffer(line + "Host: " + plain("host", host) + "\r\n\r\n", StandardCharsets.UTF_8);
        RequestHead head = new RequestHead();
        head.clear();
        try {
            if (!new RequestHeadParser(LIMITS).parse(head, bytes)) {
                throw new Refusal(FailureKind.BAD_REQUEST, "the request has no end");
            }
            return head;
        } finally {
            bytes.release();
        }
    }

    private static String plain(String name, String value) {
        if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            throw new IllegalArgumentException(
                    name + " is \"" + value + "\", expected something without blanks and control characters");
        }
        return value;
    }
}
