package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.DateField;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.HeadBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The short text that proxyd answers on its own behalf. */
final class FailureResponse {
    private static final Map<Integer, String> REASONS = Map.ofEntries(
            Map.entry(400, "Bad Request"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(408, "Request Timeout"),
            Map.entry(414, "URI Too Long"),
            Map.entry(417, "Expectation Failed"),
            Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"),
            Map.entry(502, "Bad Gateway"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"),
            Map.entry(505, "HTTP Version Not Supported"));

    private FailureResponse() {}

    /**
     * Composes the whole response.
     *
     * @param detail told to the client only where the client is at fault; it says nothing about backends
     * @return bytes of the body
     */
    static int write(
            FailureKind kind,
            String detail,
            boolean withBody,
            ResponseHeadWriter.Connection connection,
            DateField date,
            HeadBuffer out) {
        String reason = REASONS.getOrDefault(kind.status(), "Error");
        String said = kind.side() == FailureKind.Side.CLIENT ? ": " + detail : "";
        byte[] body = (kind.status() + " " + reason + "\nproxyd: " + kind.label() + said + "\n")
                .getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + kind.status() + " " + reason + "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: " + body.length + "\r\n"
                + (kind == FailureKind.METHOD_REFUSED ? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" : "")
                + (kind.status() == 503 ? "Retry-After: 1\r\n" : "");
        out.append(head.getBytes(StandardCharsets.US_ASCII))
                .append(date.line())
                .append(connection.line())
                .append(new byte[] {'\r', '\n'});
        if (!withBody) {
            return 0;
        }
        out.append(body);
        return body.length;
    }

    /** Composes the head of a 503 with an HTML page of so many bytes. */
    static void writePageHead(int bytes, ResponseHeadWriter.Connection connection, DateField date, HeadBuffer out) {
        String head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
                + bytes + "\r\nRetry-After: 1\r\n";
        out.append(head.getBytes(StandardCharsets.US_ASCII))
                .append(date.line())
                .append(connection.line())
                .append(new byte[] {'\r', '\n'});
    }
}
