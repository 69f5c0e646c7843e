package io.proxyd.proxy.wire;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The backend's end of one connection, as its script sees it. */
final class BackendConnection {
    private final Socket socket;
    private final WireReader in;
    private final int number;
    private final BlockingQueue<Message> requests;
    private final AtomicLong written;

    BackendConnection(Socket socket, int number, BlockingQueue<Message> requests, AtomicLong written)
            throws IOException {
        this.socket = socket;
        this.in = new WireReader(socket.getInputStream());
        this.number = number;
        this.requests = requests;
        this.written = written;
    }

    /** 0 for the first connection that the backend accepted. */
    int number() {
        return number;
    }

    /** Reads a request and keeps it for the test. */
    Message request() throws IOException {
        Message request = in.request();
        requests.add(request);
        return request;
    }

    MessageHead head() throws IOException {
        return in.head();
    }

    byte[] exactly(int count) throws IOException {
        return in.exactly(count);
    }

    void write(String bytes) throws IOException {
        write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    void write(byte[] bytes) throws IOException {
        int step = 16 * 1024;
        for (int at = 0; at < bytes.length; at += step) {
            int count = Math.min(step, bytes.length - at);
            socket.getOutputStream().write(bytes, at, count);
            written.addAndGet(count);
        }
    }

    /** Sends the FIN; more can still be read. */
    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    /** Sends the FIN. */
    void close() throws IOException {
        socket.close();
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads on until the proxy closes, by FIN or reset. */
    void awaitEnd() {
        byte[] scratch = new byte[64 * 1024];
        try {
            while (in.skim(scratch) >= 0) {
                continue;
            }
        } catch (IOException e) {
            return; // a reset ends it too
        }
    }
}
