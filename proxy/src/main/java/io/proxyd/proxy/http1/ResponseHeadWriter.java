package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.DateField;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.ViaField;
import java.nio.charset.StandardCharsets;

/** Writes the head of a response toward a client: its own version, connection and framing, the rest as received. */
final class ResponseHeadWriter {
    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] SPACE = ascii(" ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] CONTENT_LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] WEBSOCKET = ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");

    private ResponseHeadWriter() {}

    /**
     * Composes a head.
     *
     * @param added field lines of our own
     * @param chunked whether the body is sent chunked
     * @param connection which Connection field to send
     * @param via adds this proxy to Via
     */
    static void write(
            ResponseHead head,
            byte[] added,
            boolean chunked,
            Connection connection,
            ViaField via,
            DateField date,
            HeadBuffer out) {
        out.append(VERSION)
                .decimal(head.status())
                .append(SPACE)
                .append(head.bytes(), head.reasonStart(), head.reasonEnd())
                .append(CRLF);
        FieldCopy.copy(head, FieldCopy.HOP_BY_HOP, out);
        out.append(added).append(via.line(head.minorVersion()));
        if (!head.has(Field.DATE) && !head.interim()) {
            out.append(date.line());
        }
        if (head.switchesProtocols()) {
            out.append(WEBSOCKET).append(CRLF);
            return;
        }
        if (chunked) {
            out.append(CHUNKED);
        } else if (head.contentLength() >= 0 && head.status() >= 200 && head.status() != 204) {
            out.append(CONTENT_LENGTH).decimal(head.contentLength()).append(CRLF);
        }
        out.append(connection.line).append(CRLF);
    }

    /** What the client is told about its connection; the default of its version is left unsaid. */
    @SuppressWarnings("ImmutableEnumChecker") // the lines are private and never written to
    enum Connection {
        DEFAULT(new byte[0]),
        KEEP(KEEP_ALIVE),
        END(CLOSE);

        private final byte[] line;

        Connection(byte[] line) {
            this.line = line;
        }

        /** The field for a client of HTTP/1.{@code minorVersion}. */
        static Connection of(int minorVersion, boolean close) {
            if (minorVersion == 0) {
                return close ? DEFAULT : KEEP;
            }
            return close ? END : DEFAULT;
        }

        byte[] line() {
            return line;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
