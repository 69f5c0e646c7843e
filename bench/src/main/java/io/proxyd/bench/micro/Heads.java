package io.proxyd.bench.micro;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http1.RequestHeadParser;
import java.nio.charset.StandardCharsets;

/** Heads as clients send them. */
public final class Heads {
    /** The limits of a listener that configures none. */
    public static final ListenerConfig.Limits LIMITS = new ListenerConfig.Limits(8 * 1024, 32 * 1024, 128);

    /** What load generators send: 2 fields, 60 bytes. */
    public static final String SMALL = "GET /64 HTTP/1.1\r\nHost: www.example.org\r\nAccept: */*\r\n\r\n";

    /** What a browser sends: 12 fields, about 700 bytes. */
    public static final String BROWSER = "GET /guestbook/entries?page=2&order=newest HTTP/1.1\r\n"
            + "Host: www.example.org\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
            + "Accept-Language: en-GB,en;q=0.8,de;q=0.5,de-DE;q=0.3\r\n"
            + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
            + "Referer: http://www.example.org/guestbook/entries?page=1&order=newest\r\n"
            + "Connection: keep-alive\r\n"
            + "Cookie: session=5f2b8c1e9a7d4036b1c2d3e4f5a6b7c8; theme=dark; consent=necessary; last=2026-01-01\r\n"
            + "Upgrade-Insecure-Requests: 1\r\n"
            + "Sec-Fetch-Dest: document\r\n"
            + "Sec-Fetch-Mode: navigate\r\n"
            + "Priority: u=0, i\r\n\r\n";

    private Heads() {}

    /** The text as received bytes, in a direct buffer as the transports deliver them. */
    public static ByteBuf received(String text) {
        return Unpooled.directBuffer(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** The head that a text is read to. */
    public static RequestHead parsed(String text) {
        RequestHead head = new RequestHead();
        head.clear();
        if (!new RequestHeadParser(LIMITS).parse(head, received(text))) {
            throw new IllegalArgumentException("not a whole head: " + text);
        }
        return head;
    }
}
