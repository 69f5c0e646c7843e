package io.proxyd.proxy.upstream;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http1.Http1Upstream;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop to one backend, and who waits for one of them. On the event loop. */
final class BackendConnections {
    /** The one used last is the last. */
    private final ArrayDeque<Http1Upstream> idle = new ArrayDeque<>();

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int open;

    /** Somebody for whom there is no connection. */
    static final class Waiting {
        private final ServiceConfig service;
        private final ConnectionPool.Waiter waiter;
        private final Deadline patience;

        /** @param onTimeOver called when the deadline has come */
        Waiting(ServiceConfig service, ConnectionPool.Waiter waiter, Consumer<Waiting> onTimeOver) {
            this.service = service;
            this.waiter = waiter;
            this.patience = new Deadline(() -> onTimeOver.accept(this));
        }

        ServiceConfig service() {
            return service;
        }

        ConnectionPool.Waiter waiter() {
            return waiter;
        }

        /** Ends the wait. */
        Deadline patience() {
            return patience;
        }
    }

    ArrayDeque<Http1Upstream> idle() {
        return idle;
    }

    /** A connection is being opened. */
    void opening() {
        open++;
    }

    /** A connection has closed, or did not open. */
    void gone() {
        open--;
    }

    /** @param most connections; 0 for any number */
    boolean mayOpen(int most) {
        return most == 0 || open < most;
    }

    void await(Waiting one) {
        waiting.addLast(one);
    }

    void forget(Waiting one) {
        waiting.remove(one);
    }

    /** Whoever waits longest; null if there is nobody. */
    @Nullable Waiting first() {
        return waiting.peekFirst();
    }

    boolean awaited() {
        return !waiting.isEmpty();
    }

    /** Whether there is nothing to know of it. */
    boolean unused() {
        return open == 0 && waiting.isEmpty();
    }
}
