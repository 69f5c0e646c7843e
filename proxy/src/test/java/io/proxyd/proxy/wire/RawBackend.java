package io.proxyd.proxy.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A backend that plays a script on each connection, in a thread of its own, and records the requests it reads. */
final class RawBackend implements AutoCloseable {
    /** What happens on one connection; when it returns or fails to read on, the connection is closed. */
    interface Script {
        void play(BackendConnection connection) throws IOException;
    }

    private final ServerSocket server;
    private final Script script;
    private final BlockingQueue<Message> requests = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicLong written = new AtomicLong();

    private RawBackend(Script script, int receiveBufferBytes) throws IOException {
        this.script = script;
        this.server = new ServerSocket();
        if (receiveBufferBytes > 0) {
            server.setReceiveBufferSize(receiveBufferBytes);
        }
        server.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        start(this::accept, "backend-accept");
    }

    static RawBackend playing(Script script) throws IOException {
        return new RawBackend(script, 0);
    }

    /** One whose kernel takes little ahead of its reads. */
    static RawBackend narrow(Script script) throws IOException {
        return new RawBackend(script, 16 * 1024);
    }

    /** Answers each request of each connection with these bytes. */
    static Script answering(String response) {
        return connection -> {
            while (true) {
                connection.request();
                connection.write(response);
            }
        };
    }

    int port() {
        return server.getLocalPort();
    }

    /** The next request that was read, waiting for it. */
    Message request() throws InterruptedException {
        Message request = requests.poll(Eventually.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        if (request == null) {
            throw new AssertionError("the backend got no request");
        }
        return request;
    }

    /** Requests that were read and not yet asked for. */
    int unseenRequests() {
        return requests.size();
    }

    int accepted() {
        return accepted.get();
    }

    /** Connections accepted so far that have ended. */
    int ended() {
        return ended.get();
    }

    int open() {
        return accepted() - ended();
    }

    /** Bytes that the kernel took from scripts. */
    long written() {
        return written.get();
    }

    /** Stops listening: further connects are refused. Open connections go on. */
    void refuse() throws IOException {
        server.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                socket.setSoTimeout((int) Eventually.DEADLINE.toMillis());
                sockets.add(socket);
                int number = accepted.getAndIncrement();
                start(() -> play(socket, number), "backend-" + number);
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void play(Socket socket, int number) {
        try (socket) {
            script.play(new BackendConnection(socket, number, requests, written));
        } catch (IOException e) {
            // The proxy closed, or the test is over.
        } catch (RuntimeException | AssertionError e) {
            faults.add(e);
        } finally {
            ended.incrementAndGet();
        }
    }

    private static void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : new ArrayList<>(sockets)) {
            socket.close();
        }
        if (!faults.isEmpty()) {
            throw new AssertionError("a backend script failed", faults.get(0));
        }
    }
}
