package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Writes the head of a request toward a backend: its own request line, Host and framing, the rest as received. */
final class RequestHeadWriter {
    private static final int DROPPED = FieldCopy.HOP_BY_HOP | Field.mask(Field.HOST, Field.LOOK_ALIKE);

    private static final byte[] SPACE = ascii(" ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] VERSION_AND_HOST = ascii(" HTTP/1.1\r\nHost: ");
    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] TRAILERS = ascii("TE: trailers\r\nConnection: TE\r\n");
    private static final byte[] WEBSOCKET = ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final byte[] MAX_FORWARDS = ascii("Max-Forwards: ");
    private static final Pattern TRAILERS_LISTED =
            Pattern.compile("(?:^|,)[ \\t]*trailers[ \\t]*(?:,|$)", Pattern.CASE_INSENSITIVE);

    private RequestHeadWriter() {}

    /** @param backend host and port, sent as Host where the client named none */
    static void write(RequestHead head, byte[] backend, HeadBuffer out) {
        byte[] bytes = head.bytes();
        out.append(bytes, head.methodStart(), head.methodEnd())
                .append(SPACE)
                .append(head.target(), head.targetStart(), head.targetEnd())
                .append(VERSION_AND_HOST);
        authority(head, backend, out);
        FieldCopy.copy(head, dropped(head), out);
        head.forwarding().write(head, out);
        if (head.maxForwards() >= 0) {
            out.append(MAX_FORWARDS).decimal(head.maxForwards()).append(CRLF);
        }
        if (head.webSocket()) {
            out.append(WEBSOCKET);
        } else if (head.has(Field.TE) && takesTrailers(head)) {
            out.append(TRAILERS);
        }
        if (head.framing() == Framing.CHUNKED) {
            out.append(CHUNKED);
        } else if (head.contentLength() >= 0) {
            out.append(CONTENT_LENGTH).decimal(head.contentLength()).append(CRLF);
        }
        out.append(CRLF);
    }

    private static int dropped(RequestHead head) {
        int expect = head.expectContinue() ? 0 : Field.mask(Field.EXPECT);
        int maxForwards = head.maxForwards() < 0 ? 0 : Field.mask(Field.MAX_FORWARDS);
        return DROPPED | head.forwarding().replaced(head) | expect | maxForwards;
    }

    /** Whether a TE field lists {@code trailers} (RFC 9110 section 10.1.4). */
    private static boolean takesTrailers(RequestHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.TE
                    && TRAILERS_LISTED
                            .matcher(head.text(head.valueStart(i), head.valueEnd(i)))
                            .find()) {
                return true;
            }
        }
        return false;
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
