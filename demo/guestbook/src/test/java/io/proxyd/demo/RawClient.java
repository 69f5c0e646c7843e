package io.proxyd.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** A socket that is written to as is and read response by response. */
final class RawClient implements AutoCloseable {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);
    private final Socket socket;

    RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) READ_TIMEOUT.toMillis());
    }

    RawClient send(String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    RawClient sendHead(String... lines) throws IOException {
        return send(String.join("\r\n", lines) + "\r\n\r\n");
    }

    RawClient get(String path) throws IOException {
        return sendHead("GET " + path + " HTTP/1.1", "Host: test");
    }

    RawClient post(String path, String form) throws IOException {
        return sendHead(
                        "POST " + path + " HTTP/1.1",
                        "Host: test",
                        "Content-Type: application/x-www-form-urlencoded",
                        "Content-Length: " + form.getBytes(StandardCharsets.UTF_8).length)
                .send(form);
    }

    /** The head of the next response, lower case, with the line ends; the body is left unread. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n") < 0) {
            head.append((char) read());
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }

    /** The next response whole, its head in lower case. */
    String response() throws IOException {
        String head = head();
        int length = Integer.parseInt(head.replaceAll("(?s).*\ncontent-length: (\\d+)\r\n.*", "$1"));
        return head + new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    /** Whether the other side closes the connection without sending anything more. */
    boolean isClosedByServer() throws IOException {
        return socket.getInputStream().read() < 0;
    }

    private int read() throws IOException {
        InputStream in = socket.getInputStream();
        int b = in.read();
        if (b < 0) {
            throw new EOFException("the connection was closed where a response was expected");
        }
        return b;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
