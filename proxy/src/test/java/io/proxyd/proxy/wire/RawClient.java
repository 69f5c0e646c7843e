package io.proxyd.proxy.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that sends just the bytes it is told to and waits for answers with a deadline. */
final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();
    private final WireReader in;

    private RawClient(@Nullable InetAddress local, InetSocketAddress address, int receiveBufferBytes)
            throws IOException {
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Eventually.DEADLINE.toMillis());
        if (local != null) {
            socket.bind(new InetSocketAddress(local, 0));
        }
        socket.connect(address);
        in = new WireReader(socket.getInputStream());
    }

    static RawClient connect(InetSocketAddress address) throws IOException {
        return new RawClient(null, address, 0);
    }

    /** From this address of ours. */
    static RawClient connectFrom(InetAddress local, InetSocketAddress address) throws IOException {
        return new RawClient(local, address, 0);
    }

    /** One whose kernel takes little ahead of its reads. */
    static RawClient connectNarrow(InetSocketAddress address) throws IOException {
        return new RawClient(null, address, 16 * 1024);
    }

    RawClient send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    MessageHead head() throws IOException {
        return in.head();
    }

    /** The response to a request that was not HEAD. */
    Message response() throws IOException {
        return in.response("GET");
    }

    Message response(String method) throws IOException {
        return in.response(method);
    }

    byte[] exactly(int count) throws IOException {
        return in.exactly(count);
    }

    /** Sends a request and reads its response. */
    Message exchange(String request) throws IOException {
        return send(request).response(request.startsWith("HEAD") ? "HEAD" : "GET");
    }

    /** A GET that keeps the connection. */
    Message get(String target) throws IOException {
        return exchange("GET " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
    }

    /** Asserts that the proxy ends the connection properly, with nothing more on it. */
    void expectEnd() throws IOException {
        byte[] rest = in.untilEnd();
        if (rest.length > 0) {
            throw new AssertionError("expected the end, got " + new String(rest, StandardCharsets.ISO_8859_1));
        }
    }

    /** Reads to the end; whether that is a reset. */
    boolean endsInReset() throws IOException {
        try {
            in.untilEnd();
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    /** Sends the bytes, unless something has come to be read. */
    boolean answersTo(String bytes) throws IOException {
        if (socket.getInputStream().available() > 0) {
            return true;
        }
        send(bytes);
        return false;
    }

    /** Sends our FIN; answers can still be read. */
    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /** Goes away rudely. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    InetSocketAddress localAddress() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
