package io.proxyd.proxy.story;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests at a fixed rate, whatever became of those before, each on a connection that is free or on a new one: of eight two are
 * POST, one is PUT, five are GET. Nothing is tried twice. Each has a target of its own.
 */
final class OpenLoad implements AutoCloseable {
    static final int PER_SECOND = 300;

    private static final String RIGHT = "200";
    private static final String FORM = "name=Ada&message=hello";

    /**
     * What became of one request.
     *
     * @param nanos from when it was due to the end of its answer, or its failure
     * @param outcome the status, or a word for what went wrong
     */
    record Outcome(String method, String target, long dueNanos, long nanos, String outcome) {
        boolean right() {
            return outcome.equals(RIGHT);
        }

        boolean repeatable() {
            return !method.equals("POST");
        }
    }

    private final InetSocketAddress address;
    private final String prefix;
    private final Thread clock = new Thread(this::run, "load");
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<StoryClient> idle = new ConcurrentLinkedDeque<>();
    private final Set<StoryClient> all = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicLong> answers = new ConcurrentHashMap<>();
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicLong ended = new AtomicLong();
    /** Of GET and PUT requests. */
    private final AtomicLong open = new AtomicLong();

    private final AtomicLong lagNanos = new AtomicLong();
    private volatile boolean stopped;

    private OpenLoad(InetSocketAddress address, String prefix) {
        this.address = address;
        this.prefix = prefix;
    }

    /** @param prefix what the targets begin with */
    static OpenLoad start(InetSocketAddress address, String prefix) {
        OpenLoad load = new OpenLoad(address, prefix);
        load.clock.start();
        return load;
    }

    /** Returns when so many more requests have ended, well or not. */
    void awaitEnded(int more) {
        long wanted = ended.get() + more;
        Eventually.until(() -> ended.get() >= wanted, () -> ended + " requests ended, " + wanted + " wanted");
    }

    /** Returns after so many more right answers of this backend. */
    void awaitAnswersOf(String backend, int more) {
        AtomicLong count = answers.computeIfAbsent(backend, b -> new AtomicLong());
        long wanted = count.get() + more;
        Eventually.until(() -> count.get() >= wanted, () -> answers + ", wanted " + wanted + " of " + backend);
    }

    /** By how much the load itself was late at worst, as this process or this machine stood still. */
    long lagNanos() {
        return lagNanos.get();
    }

    /** Sends no more, waits for what is to be answered, and gives up the POSTs that hang. */
    List<Outcome> end() {
        close();
        return List.copyOf(outcomes);
    }

    @Override
    public void close() {
        stopped = true;
        try {
            clock.join();
            Eventually.until(() -> open.get() == 0, () -> open + " GETs and PUTs that have not ended");
            for (StoryClient client : all) {
                client.close();
            }
            threads.shutdown();
            if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("clients that do not end");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run() {
        long start = System.nanoTime();
        for (long number = 0; !stopped; number++) {
            long due = start + number * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            String method = number % 4 == 0 ? "POST" : number % 8 == 1 ? "PUT" : "GET";
            String target = "/" + prefix + "/" + number;
            boolean repeatable = !method.equals("POST");
            if (repeatable) {
                open.incrementAndGet();
            }
            threads.execute(() -> {
                lagNanos.accumulateAndGet(System.nanoTime() - due, Math::max);
                String outcome = outcome(method, target);
                outcomes.add(new Outcome(method, target, due, System.nanoTime() - due, outcome));
                ended.incrementAndGet();
                if (repeatable) {
                    open.decrementAndGet();
                }
            });
        }
    }

    private String outcome(String method, String target) {
        try {
            StoryClient client = idle.pollLast();
            if (client == null) {
                client = new StoryClient(address);
                all.add(client);
            }
            return ask(client, method, target);
        } catch (IOException | RuntimeException e) {
            return e.toString();
        }
    }

    private String ask(StoryClient client, String method, String target) throws IOException {
        String body = method.equals("GET") ? "" : FORM;
        boolean kept = false;
        try {
            Message answer = client.send(method, target, body);
            kept = !answer.endsConnection();
            if (answer.status() != 200) {
                return answer.status() + " " + answer.body();
            }
            if (!answer.body().equals(Answers.body(method, target, body))) {
                return "answered with: " + answer.body();
            }
            String backend = answer.fields().getOrDefault(Answers.BACKEND, "?");
            answers.computeIfAbsent(backend, b -> new AtomicLong()).incrementAndGet();
            return RIGHT;
        } finally {
            if (kept) {
                idle.addLast(client);
            } else {
                client.close();
                all.remove(client);
            }
        }
    }
}
