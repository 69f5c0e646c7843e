package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that send requests at a fixed rate, whatever becomes of them, and record each that fails: an error of the
 * connection, a status other than 200, an answer to another request. They try nothing twice.
 */
final class Load implements AutoCloseable {
    private static final int CLIENTS = 8;
    private static final int SOME_ANSWERS = 200;
    private static final int REQUESTS_PER_SECOND = Integer.getInteger("story.load", 400);
    /** So that new connections are made all the time. */
    private static final int REQUESTS_PER_CONNECTION = 50;

    private static final String FORM = "name=Ada&message=hello";

    private final InetSocketAddress address;
    private final boolean posts;
    private final long startNanos = System.nanoTime();
    private final AtomicLong sent = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;
    private volatile boolean connectionsKept;

    private Load(InetSocketAddress address, boolean posts) {
        this.address = address;
        this.posts = posts;
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            Thread client = new Thread(() -> run(number), "load-" + number);
            client.setDaemon(true);
            clients.add(client);
        }
    }

    static Load gets(InetSocketAddress address) {
        return started(new Load(address, false));
    }

    /** Every fourth request is a POST, which may not be sent twice. */
    static Load getsAndPosts(InetSocketAddress address) {
        return started(new Load(address, true));
    }

    private static Load started(Load load) {
        load.clients.forEach(Thread::start);
        return load;
    }

    /** How many right answers there were. */
    long answers() {
        return answers.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** How many of them came from this backend. */
    long answersOf(String backend) {
        LongAdder count = answers.get(backend);
        return count == null ? 0 : count.sum();
    }

    /** Returns after so many more answers. */
    void awaitAnswers(int more) {
        long wanted = answers() + more;
        Eventually.until(() -> answers() >= wanted, () -> answers() + " answers of " + wanted + ", " + failures);
    }

    /** Returns after so many more answers of this backend. */
    void awaitAnswersOf(String backend, int more) {
        long wanted = answersOf(backend) + more;
        Eventually.until(() -> answersOf(backend) >= wanted, () -> answers + ", wanted " + wanted + " of " + backend);
    }

    /** Asserts that this backend gets nothing new: nothing but what was on its way, at most one request of each client. */
    void assertLeftAlone(StoryBackend backend) {
        long before = backend.requests();
        awaitAnswers(SOME_ANSWERS);
        assertThat(backend.requests() - before)
                .as("requests of %d that went to %s", SOME_ANSWERS, backend.name())
                .isLessThanOrEqualTo(CLIENTS);
    }

    /** From now on no client makes a new connection: it ends when a response says that its connection does. */
    void keepConnections() {
        connectionsKept = true;
    }

    /** Returns when each client has ended by itself. */
    void awaitEnd() {
        Eventually.until(() -> clients.stream().noneMatch(Thread::isAlive), () -> "clients that still send");
    }

    /** Ends all clients and looks back. */
    void assertNothingFailed() {
        close();
        assertThat(failures).as("failures of %d requests", sent.get()).isEmpty();
        System.out.printf(
                "    %d requests, 0 failed, %d/s, the slowest took %d ms, answers: %s%n",
                sent.get(),
                sent.get() * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNanos),
                TimeUnit.NANOSECONDS.toMillis(slowestNanos.get()),
                answers);
    }

    @Override
    public void close() {
        stopped = true;
        awaitEnd();
    }

    private void run(int number) {
        long interval = TimeUnit.SECONDS.toNanos(CLIENTS) / REQUESTS_PER_SECOND;
        long due = startNanos + interval * number / CLIENTS;
        StoryClient connection = null;
        int left = 0;
        while (!stopped && (connection != null || !connectionsKept)) {
            awaitTime(due);
            boolean usable = false;
            try {
                if (connection == null) {
                    connection = new StoryClient(address);
                    left = REQUESTS_PER_CONNECTION;
                }
                left--;
                usable = ask(connection, due) && (left > 0 || connectionsKept);
            } catch (IOException | RuntimeException e) {
                failures.add(e.toString());
            }
            if (!usable) {
                closeQuietly(connection);
                connection = null;
            }
            due += interval;
        }
        closeQuietly(connection);
    }

    /** Whether the connection can be used again. */
    private boolean ask(StoryClient connection, long due) throws IOException {
        long number = sent.getAndIncrement();
        String method = posts && number % 4 == 0 ? "POST" : "GET";
        String body = method.equals("POST") ? FORM : "";
        String target = "/r/" + number;
        Message answer = connection.send(method, target, body);
        if (answer.status() != 200) {
            failures.add(method + " " + target + ": " + answer);
        } else if (!answer.body().equals(Answers.body(method, target, body))) {
            failures.add(method + " " + target + " was answered with: " + answer.body());
        } else {
            answers.computeIfAbsent(answer.fields().getOrDefault(Answers.BACKEND, "?"), name -> new LongAdder())
                    .increment();
        }
        slowestNanos.accumulateAndGet(System.nanoTime() - due, Math::max);
        return !answer.endsConnection();
    }

    private static void awaitTime(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void closeQuietly(@Nullable StoryClient connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
