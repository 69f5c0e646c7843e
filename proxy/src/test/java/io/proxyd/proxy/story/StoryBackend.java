package io.proxyd.proxy.story;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A backend that says who answered what. {@code /healthz} passes and is not counted; {@code /hold} stops in the middle of
 * its body until it is released. One thread for each connection.
 */
final class StoryBackend implements AutoCloseable {
    static final String HOLD = "/hold";

    private final String name;
    private final long delayNanos;
    private final ServerSocket server;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicInteger held = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile long firstNanos;
    private volatile long newestNanos;

    StoryBackend(String name) {
        this(name, 0, 0);
    }

    /**
     * Listens on the loopback address.
     *
     * @param port 0 takes a free one
     * @param delayMillis how long each answer takes
     */
    StoryBackend(String name, int port, int delayMillis) {
        this.name = name;
        this.delayNanos = delayMillis * 1_000_000L;
        try {
            this.server = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on port " + port, e);
        }
        start(name + "-accept", this::accept);
    }

    String name() {
        return name;
    }

    int port() {
        return server.getLocalPort();
    }

    /** What it registers with. */
    String registration() {
        return registration("");
    }

    /** @param more further fields, such as {@code , "weight": 0} */
    String registration(String more) {
        return "{\"host\": \"127.0.0.1\", \"port\": " + port() + more + "}";
    }

    /** How many requests came in, health checks not counted. */
    long requests() {
        return requests.get();
    }

    /** How many wait for {@link #release}. */
    int held() {
        return held.get();
    }

    int connections() {
        return connections.size();
    }

    /** When the first request came in, as {@link System#nanoTime}. */
    long firstNanos() {
        return firstNanos;
    }

    /** When the newest request came in, as {@link System#nanoTime}. */
    long newestNanos() {
        return newestNanos;
    }

    /** Lets held requests be answered, and those to come. */
    void release() {
        released.countDown();
    }

    @Override
    public void close() {
        release();
        closeQuietly(server);
        connections.forEach(StoryBackend::closeQuietly);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket connection = server.accept();
                connection.setTcpNoDelay(true);
                connections.add(connection);
                start(name + "-connection", () -> serve(connection));
            } catch (IOException e) {
                closeQuietly(server); // by close
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            OutputStream out = connection.getOutputStream();
            for (Message request = Message.read(in); request != null; request = Message.read(in)) {
                answer(request, out);
                if (request.endsConnection()) {
                    break;
                }
            }
        } catch (IOException e) {
            closeQuietly(connection); // the proxy closed it
        } finally {
            connections.remove(connection);
        }
    }

    private void answer(Message request, OutputStream out) throws IOException {
        String target = request.word(1);
        if (target.equals("/healthz")) {
            out.write(response("ok").bytes());
            return;
        }
        count();
        LockSupport.parkNanos(delayNanos);
        byte[] bytes =
                response(Answers.body(request.word(0), target, request.body())).bytes();
        if (target.equals(HOLD)) {
            writeHalf(bytes, out);
        } else {
            out.write(bytes);
        }
    }

    private synchronized void count() {
        newestNanos = System.nanoTime();
        if (requests.incrementAndGet() == 1) {
            firstNanos = newestNanos;
        }
    }

    /** All but the last byte, and that one after the release. */
    private void writeHalf(byte[] bytes, OutputStream out) throws IOException {
        out.write(bytes, 0, bytes.length - 1);
        held.incrementAndGet();
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            held.decrementAndGet();
        }
        out.write(bytes, bytes.length - 1, 1);
    }

    private Message response(String body) {
        return new Message("HTTP/1.1 200 OK", Map.of(Answers.BACKEND, name), body);
    }

    private static void start(String threadName, Runnable task) {
        Thread thread = new Thread(task, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
