package io.proxyd.ctl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;

/**
 * Asks proxyd's admin interface over TCP or a unix domain socket: one request in HTTP/1.0 for each connection, which needs no
 * library and is there at once.
 */
final class AdminClient {
    private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

    private final AdminAddress address;
    private final Duration timeout;

    /** @param timeout for all of a request */
    AdminClient(AdminAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /** An answer in JSON, with any status. */
    record Reply(int status, String body) {
        JsonObject json() {
            return JsonObject.parse(body);
        }
    }

    /**
     * Asks for a path.
     *
     * @throws CtlException if nobody answers, or if the answer is not JSON
     */
    Reply get(String target) {
        return ask("GET", target, "");
    }

    /**
     * Gives an order.
     *
     * @param body JSON
     * @throws CtlException if it is not done, with what proxyd says about it
     */
    Reply order(String target, String body) {
        return checked(ask("POST", target, body));
    }

    private Reply ask(String method, String target, String body) {
        try {
            return parse(target, exchange(method, target, body));
        } catch (IOException e) {
            throw new CtlException(
                    "proxyd does not answer at " + address.text() + ": " + reason(e)
                            + " (is it running? another address: --admin or PROXYCTL_ADMIN)",
                    e);
        }
    }

    /**
     * Asks for a path that must be there.
     *
     * @throws CtlException if it is not, with what proxyd says about it
     */
    Reply require(String target) {
        return checked(get(target));
    }

    private static Reply checked(Reply reply) {
        if (reply.status() != 200) {
            throw new CtlException(reply.json().text("error", "proxyd answers with status " + reply.status()));
        }
        return reply;
    }

    private String exchange(String method, String target, String body) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String ofBody = content.length == 0
                ? ""
                : "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n";
        String head = method + " " + target + " HTTP/1.0\r\nHost: " + address.host()
                + "\r\nUser-Agent: proxyctl\r\nAccept: application/json\r\n" + ofBody + "\r\n";
        ByteBuffer request = ByteBuffer.allocate(head.length() + content.length)
                .put(head.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .flip();
        try (SocketChannel channel = open();
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            if (!channel.connect(resolved())) {
                await(key, SelectionKey.OP_CONNECT, deadline);
                channel.finishConnect();
            }
            while (request.hasRemaining()) {
                channel.write(request);
                if (request.hasRemaining()) {
                    await(key, SelectionKey.OP_WRITE, deadline);
                }
            }
            return readAll(channel, key, deadline);
        }
    }

    private static String readAll(SocketChannel channel, SelectionKey key, long deadline) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
        for (int read = channel.read(buffer); read >= 0; read = channel.read(buffer)) {
            answer.write(buffer.array(), 0, read);
            buffer.clear();
            if (answer.size() > MAX_ANSWER_BYTES) {
                throw new IOException("the answer is longer than " + MAX_ANSWER_BYTES + " bytes");
            }
            if (read == 0) {
                await(key, SelectionKey.OP_READ, deadline);
            }
        }
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static void await(SelectionKey key, int operation, long deadline) throws IOException {
        key.interestOps(operation);
        long leftMillis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (leftMillis <= 0 || key.selector().select(leftMillis) == 0) {
            throw new SocketTimeoutException();
        }
        key.selector().selectedKeys().clear();
    }

    private Reply parse(String target, String answer) throws IOException {
        int headEnd = answer.indexOf("\r\n\r\n");
        String head = headEnd < 0 ? answer : answer.substring(0, headEnd);
        if (!head.matches("(?s)HTTP/1\\.[01] [1-5][0-9][0-9].*")) {
            throw new IOException(
                    answer.isEmpty() ? "it closed the connection" : "what listens there does not speak HTTP");
        }
        String statusLine = head.lines().findFirst().orElse("");
        if (headEnd < 0 || !head.toLowerCase(Locale.ROOT).contains("\r\ncontent-type: application/json")) {
            throw new CtlException(address.text() + " is not proxyd's admin interface: it answers "
                    + statusLine.substring("HTTP/1.x ".length()) + " to " + target);
        }
        return new Reply(Integer.parseInt(statusLine.substring(9, 12)), answer.substring(headEnd + 4));
    }

    private SocketChannel open() throws IOException {
        boolean unix = address.socket() instanceof UnixDomainSocketAddress;
        return unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
    }

    private SocketAddress resolved() throws UnknownHostException {
        if (address.socket() instanceof InetSocketAddress inet && inet.isUnresolved()) {
            throw new UnknownHostException(inet.getHostString());
        }
        return address.socket();
    }

    private String reason(IOException e) {
        if (e instanceof SocketTimeoutException) {
            long millis = timeout.toMillis();
            return "no answer within " + (millis < 1000 ? millis + " ms" : millis / 1000 + " s");
        }
        if (e instanceof UnknownHostException) {
            return "the host name " + e.getMessage() + " is not known";
        }
        if (address.socket() instanceof UnixDomainSocketAddress unix && !Files.exists(unix.getPath())) {
            return "there is no such socket";
        }
        if (e instanceof ConnectException || e instanceof NoRouteToHostException) {
            return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
