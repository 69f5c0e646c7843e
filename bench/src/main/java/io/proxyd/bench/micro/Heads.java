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
    public static final String BROWSER =
            """
            GET /guestbook/entries?page=2&order=newest HTTP/1.1
            Host: www.example.org
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
            Accept-Language: en-GB,en;q=0.8,de;q=0.5,de-DE;q=0.3
            Accept-Encoding: gzip, deflate, br, zstd
            Referer: http://www.example.org/guestbook/entries?page=1&order=newest
            Connection: keep-alive
            Cookie: session=5f2b8c1e9a7d4036b1c2d3e4f5a6b7c8; theme=dark; consent=necessary; last=2026-01-01
            Upgrade-Insecure-Requests: 1
            Sec-Fetch-Dest: document
            Sec-Fetch-Mode: navigate
            Priority: u=0, i

            """
                    .replace("\n", "\r\n");

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
