package io.proxyd.proxy;

import io.proxyd.proxy.http1.Http1Downstream;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the client connections at a stop, so that within the drain time no request fails and no response is cut.
 *
 * <p>Where systemd holds the addresses open, new connections wait for the next process once this one accepts no more. That shall be
 * short even while a response of minutes is under way: so this process goes on serving until those that were connected when the stop
 * began are done, and only then stops to accept.
 */
final class OrderlyStop {
    private static final Logger LOG = LoggerFactory.getLogger(OrderlyStop.class);

    /**
     * How long idle client connections stay open at a stop. A request that is on its way is then answered, and told to be the last
     * one, where closing at once would fail it.
     */
    private static final Duration LAST_REQUESTS = Duration.ofSeconds(1);

    /** The same for a process that goes on serving meanwhile, so that nobody waits for its end. */
    private static final Duration IDLE_LOOKS = Duration.ofMillis(2500);

    /** The same for connections that came after the stop began: nearly all of them bring their request along. */
    private static final Duration LATE_REQUESTS = Duration.ofMillis(100);

    /**
     * What is kept of the drain time for connections that came after the stop began: a response that takes longer than all of it is
     * cut at its end, those of that moment are not.
     */
    private static final Duration FOR_LATER_ONES = Duration.ofSeconds(1);

    private static final long POLL_MILLIS = 20;

    private final List<Worker> workers;
    private final Listeners listeners;
    private final Duration limit;
    private final long startNanos = System.nanoTime();

    /** @param limit after which what is left is cut */
    OrderlyStop(List<Worker> workers, Listeners listeners, Duration limit) {
        this.workers = workers;
        this.listeners = listeners;
        this.limit = limit;
    }

    /** Returns when all connections are closed, or the time is over. */
    void run() throws InterruptedException {
        if (listeners.inherited()) {
            listeners.closeOwn();
            finishEarlierConnections();
            listeners.close();
            endAll(LATE_REQUESTS);
        } else {
            listeners.close();
            workers.forEach(worker -> worker.drain().join());
            endAll(LAST_REQUESTS);
        }
        long cut = openConnections();
        if (cut > 0) {
            LOG.warn("{} connections were cut at the end of the drain time", cut);
        }
    }

    /** The connections of one event loop that were there when the stop began, and those of them that were idle at the last look. */
    private static final class Earlier {
        private final Worker worker;
        private final Set<Http1Downstream> connections;
        private Set<Http1Downstream> idle = Set.of();

        Earlier(Worker worker) {
            this.worker = worker;
            this.connections = worker.drain().join();
        }

        boolean isDone() {
            return worker.left(connections).join() == 0;
        }

        /** A connection that is idle twice in a row, a while apart, has no request on its way. */
        void closeIdle() {
            worker.closeIdle(idle);
            idle = worker.idle(connections).join();
        }
    }

    private void finishEarlierConnections() throws InterruptedException {
        List<Earlier> earlier = workers.stream().map(Earlier::new).toList();
        long nextLook = System.nanoTime();
        while (left().compareTo(FOR_LATER_ONES) > 0 && !earlier.stream().allMatch(Earlier::isDone)) {
            if (System.nanoTime() - nextLook >= 0) {
                nextLook += IDLE_LOOKS.toNanos();
                earlier.forEach(Earlier::closeIdle);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** First lets the clients end their connections, then ends them. */
    private void endAll(Duration grace) throws InterruptedException {
        long deadline = System.nanoTime() + grace.toNanos();
        while (openConnections() > 0 && System.nanoTime() - deadline < 0 && !timeIsOver()) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        workers.forEach(Worker::closeConnections);
        while (openConnections() > 0 && !timeIsOver()) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** How it stands, in one line; any thread. */
    String statusLine() {
        return StatusLine.draining(openConnections(), left());
    }

    private boolean timeIsOver() {
        return left().isNegative();
    }

    private Duration left() {
        return limit.minusNanos(System.nanoTime() - startNanos);
    }

    private long openConnections() {
        return workers.stream().mapToLong(w -> w.counts().connections()).sum();
    }
}
