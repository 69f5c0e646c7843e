package io.proxyd.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A backend that answers each check with the raw bytes that the test hands it, so that the test decides when a check ends: when
 * the next check arrives, the one before was judged.
 */
final class CheckedBackend implements AutoCloseable {
    static final String OK = status(200);
    static final String CLOSE = "";
    private static final int DEADLINE_SECONDS = 20;

    private final ServerSocket server;
    private final Semaphore arrivals = new Semaphore(0);
    private final Semaphore departures = new Semaphore(0);
    private final AtomicInteger accepted = new AtomicInteger();
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Queue<String> heads = new ConcurrentLinkedQueue<>();
    private volatile @Nullable String always;

    CheckedBackend() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::acceptAll);
    }

    static String status(int code) {
        return "HTTP/1.1 " + code + " Whatever\r\nContent-Length: 2\r\n\r\nok";
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    int port() {
        return server.getLocalPort();
    }

    /** Waits until one more check has sent its request. */
    void awaitCheck() throws InterruptedException {
        assertThat(arrivals.tryAcquire(DEADLINE_SECONDS, TimeUnit.SECONDS))
                .as("a check arrives")
                .isTrue();
    }

    /** Waits until one more check has closed its connection before it was answered. */
    void awaitHangUp() throws InterruptedException {
        assertThat(departures.tryAcquire(DEADLINE_SECONDS, TimeUnit.SECONDS))
                .as("a check hangs up")
                .isTrue();
    }

    /** Answers one check that has arrived or will. */
    void answer(String raw) {
        answers.add(raw);
    }

    /** Answers all checks from now on. */
    void answerAlways(String raw) {
        always = raw;
    }

    /** How many connections were accepted so far. */
    int accepted() {
        return accepted.get();
    }

    Queue<String> heads() {
        return heads;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void acceptAll() {
        try {
            while (true) {
                Socket socket = server.accept();
                accepted.incrementAndGet();
                start(() -> serve(socket));
            }
        } catch (IOException e) {
            assertThat(server.isClosed()).as("closed, not broken: " + e).isTrue();
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            converse(socket);
        } catch (IOException e) {
            departures.release(); // a check may hang up at any time
        }
    }

    private void converse(Socket socket) throws IOException {
        String head = readHead(socket.getInputStream());
        if (head == null) {
            return;
        }
        heads.add(head);
        arrivals.release();
        String answer = awaitAnswer(socket);
        if (answer == null) {
            departures.release();
            return;
        }
        OutputStream out = socket.getOutputStream();
        out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** The next answer, or null if the check hung up before there was one. */
    private @Nullable String awaitAnswer(Socket socket) throws IOException {
        socket.setSoTimeout(2);
        while (!hungUp(socket)) {
            String answer = always != null ? always : answers.poll();
            if (answer != null) {
                return answer;
            }
        }
        return null;
    }

    private static boolean hungUp(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private static @Nullable String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            head.append((char) b);
        }
        return head.toString();
    }

    private static void start(Runnable serving) {
        Thread thread = new Thread(serving, "checked-backend");
        thread.setDaemon(true);
        thread.start();
    }
}
