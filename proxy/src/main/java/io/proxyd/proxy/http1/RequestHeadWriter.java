package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Forwarding;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;

/** Writes the head of a request toward a backend: its own request line, Host and framing, the rest as received. */
final class RequestHeadWriter {
    private static final int DROPPED = FieldCopy.HOP_BY_HOP | Field.mask(Field.HOST, Field.LOOK_ALIKE);
    private static final int EXPECT = Field.mask(Field.EXPECT);

    private static final byte[] SPACE = ascii(" ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] VERSION_AND_HOST = ascii(" HTTP/1.1\r\nHost: ");
    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] TRAILERS = ascii("TE: trailers\r\nConnection: TE\r\n");
    private static final byte[] WEBSOCKET = ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final String TRAILERS_TOKEN = "trailers";

    private RequestHeadWriter() {}

    /** @param backend host and port, sent as Host where the client named none */
    static void write(RequestHead head, byte[] backend, HeadBuffer out) {
        byte[] bytes = head.bytes();
        out.append(bytes, head.methodStart(), head.methodEnd())
                .append(SPACE)
                .append(head.target(), head.targetStart(), head.targetEnd())
                .append(VERSION_AND_HOST);
        authority(head, backend, out);
        Forwarding forwarding = head.forwarding();
        int dropped = DROPPED | forwarding.replaced(head);
        FieldCopy.copy(head, head.expectContinue() ? dropped : dropped | EXPECT, out);
        forwarding.write(head, out);
        if (head.webSocket()) {
            out.append(WEBSOCKET);
        } else if (head.has(Field.TE) && head.value(Field.TE).contains(TRAILERS_TOKEN)) {
            out.append(TRAILERS);
        }
        if (head.framing() == Framing.CHUNKED) {
            out.append(CHUNKED);
        } else if (head.contentLength() >= 0) {
            out.append(CONTENT_LENGTH).decimal(head.contentLength()).append(CRLF);
        }
        out.append(CRLF);
    }

    private static void authority(RequestHead head, byte[] backend, HeadBuffer out) {
        if (head.authorityEnd() > head.authorityStart()) {
            out.append(head.bytes(), head.authorityStart(), head.authorityEnd());
        } else {
            out.append(backend);
        }
        out.append(CRLF);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
