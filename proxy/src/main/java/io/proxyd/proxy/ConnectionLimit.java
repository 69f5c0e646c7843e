package io.proxyd.proxy;

import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.ClientAddress;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the client connections of one listener over all event loops, and says which may be served. Asked when a connection is
 * accepted and told when it closes, never in between. Any thread.
 */
final class ConnectionLimit {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimit.class);

    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentHashMap<ClientBlock, Integer> openByClient = new ConcurrentHashMap<>();

    /** Gates that hold a connection for which there was no room, the one that waits longest first. */
    private final Queue<AcceptGate> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong full = new AtomicLong();
    private final AtomicLong acceptFailures = new AtomicLong();
    private final RareLog refusedLog;
    private final RareLog fullLog;
    private final RareLog failureLog;
    private volatile ListenerConfig config;

    ConnectionLimit(ListenerConfig config, LongSupplier nanoTime) {
        this.config = config;
        this.refusedLog = new RareLog(nanoTime);
        this.fullLog = new RareLog(nanoTime);
        this.failureLog = new RareLog(nanoTime);
    }

    ListenerConfig config() {
        return config;
    }

    /** Takes other limits over; open connections stay, even where there are more than allowed now. */
    void config(ListenerConfig changed) {
        config = changed;
        for (AcceptGate gate = waiting.poll(); gate != null; gate = waiting.poll()) {
            gate.wake();
        }
    }

    /** Whom a connection is counted for; null for a trusted proxy, which stands for many clients. */
    @Nullable ClientBlock client(@Nullable SocketAddress peer) {
        InetAddress address = peer == null ? null : ClientAddress.ip(peer);
        return address == null || config.forwarding().trusts(address) ? null : ClientBlock.of(address);
    }

    /** Counts a connection of the client, unless it has as many as it may; then it is not counted, and must be refused. */
    boolean enter(ClientBlock client, @Nullable SocketAddress peer) {
        int most = config.connections().maxPerClient();
        int count = openByClient.merge(client, 1, Integer::sum);
        if (most == 0 || count <= most) {
            return true;
        }
        leave(client);
        refused.getAndIncrement();
        long untold = refusedLog.happened();
        if (untold > 0) {
            LOG.warn(
                    "listener {}: reset what a client opened beyond max-connections-per-client ({}): {} times, at last from {}",
                    config.address(),
                    most,
                    untold,
                    peer);
        }
        return false;
    }

    /** The counterpart of {@link #enter}, once the connection is closed. */
    void leave(@Nullable ClientBlock client) {
        if (client != null) {
            openByClient.computeIfPresent(client, (block, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Takes room for a connection; false if there is none. */
    boolean take() {
        int count = open.get();
        while (count < config.connections().max()) {
            if (open.compareAndSet(count, count + 1)) {
                return true;
            }
            count = open.get();
        }
        return false;
    }

    /** The counterpart of {@link #take}, once the connection is closed. */
    void giveBack() {
        open.getAndDecrement();
        wakeNext();
    }

    /** A gate stops to accept, as there is no room. */
    void reached() {
        full.getAndIncrement();
        if (fullLog.happened() > 0) {
            LOG.warn(
                    "listener {}: max-connections ({}) are open; further clients wait until one closes",
                    config.address(),
                    config.connections().max());
        }
    }

    /** Wakes the gate once there may be room. It is woken once for each call. */
    void await(AcceptGate gate) {
        waiting.add(gate);
        if (open.get() < config.connections().max()) {
            wakeNext(); // there was room again before the gate stood in the queue
        }
    }

    /** For a gate whose socket is closed. */
    void withdraw(AcceptGate gate) {
        waiting.remove(gate);
    }

    /** For a gate that was woken and has no use for the room. */
    void wakeNext() {
        AcceptGate next = waiting.poll();
        if (next != null) {
            next.wake();
        }
    }

    /** A connection could not be accepted, as when the process has no file descriptor left. */
    void acceptFailed(IOException cause) {
        acceptFailures.getAndIncrement();
        long untold = failureLog.happened();
        if (untold > 0) {
            LOG.warn(
                    "listener {}: accepting failed {} times, and is tried again after a pause: {}; {} client connections are"
                            + " open",
                    config.address(),
                    untold,
                    cause.getMessage(),
                    open.get());
        }
    }

    /** @param name of the listener, with the port that is bound */
    ListenerCounts counts(String name) {
        return new ListenerCounts(
                name, open.get(), config.connections().max(), refused.get(), full.get(), acceptFailures.get());
    }
}
