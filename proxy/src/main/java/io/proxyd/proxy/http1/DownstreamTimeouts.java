package io.proxyd.proxy.http1;

import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.LoopResources;
import java.time.Duration;

/**
 * How long one client connection may stay in each phase. One deadline serves for idling, heads, bodies and lingering, as they
 * exclude each other; a second one watches that the client takes its response. All on the event loop.
 */
final class DownstreamTimeouts {
    /** For a client that is silent after its connection was half-closed, and for one that sends on. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private static final Duration LONGEST_LINGER = Duration.ofSeconds(30);

    private enum Phase {
        IDLE,
        HEAD,
        BODY,
        RESPONSE,
        LINGER
    }

    private final LoopResources loop;
    private final ListenerConfig.Timeouts limits;
    private final Http1Downstream connection;
    private final Deadline reading = new Deadline(this::readingExpired);
    private final Deadline writing = new Deadline(this::writingExpired);
    private Phase phase = Phase.IDLE;
    private long unwrittenBefore;
    private long lingerStartNanos;

    DownstreamTimeouts(LoopResources loop, ListenerConfig.Timeouts limits, Http1Downstream connection) {
        this.loop = loop;
        this.limits = limits;
        this.connection = connection;
    }

    /** A new connection has as long for its first byte as a head may take. */
    void connected() {
        enter(Phase.IDLE, limits.requestHead());
    }

    void idle() {
        enter(Phase.IDLE, limits.keepAlive());
    }

    /** A part of a head has arrived; the time counts from the first one. */
    void headStarted() {
        if (phase != Phase.HEAD) {
            enter(Phase.HEAD, limits.requestHead());
        }
    }

    void headEnded() {
        phase = Phase.RESPONSE;
        reading.disarm();
    }

    void bodyProgressed() {
        enter(Phase.BODY, limits.requestBody());
    }

    void bodyEnded() {
        phase = Phase.RESPONSE;
        reading.disarm();
    }

    void lingering() {
        lingerStartNanos = System.nanoTime();
        enter(Phase.LINGER, LINGER);
    }

    /** The client has sent more, which is discarded: it has not read its response yet. */
    void discarded() {
        if (phase == Phase.LINGER && System.nanoTime() - lingerStartNanos < LONGEST_LINGER.toNanos()) {
            enter(Phase.LINGER, LINGER);
        }
    }

    void writabilityChanged(boolean writable) {
        if (writable) {
            writing.disarm();
        } else {
            unwrittenBefore = connection.unwrittenBytes();
            arm(writing, limits.responseBody());
        }
    }

    void closed() {
        loop.wheel().forget(reading);
        loop.wheel().forget(writing);
    }

    private void enter(Phase next, Duration limit) {
        phase = next;
        arm(reading, limit);
    }

    private void arm(Deadline deadline, Duration limit) {
        loop.wheel().arm(deadline, System.nanoTime(), limit.toNanos());
    }

    private void readingExpired() {
        switch (phase) {
            case IDLE -> idleExpired();
            case HEAD -> connection.onHeadTimeout();
            case BODY -> {
                if (connection.bodyPaused()) { // we made it wait, not the client us
                    bodyProgressed();
                } else {
                    connection.onBodyTimeout();
                }
            }
            case LINGER -> connection.onLingerTimeout();
            case RESPONSE -> {}
        }
    }

    /** The last response may still be on its way to a slow client. */
    private void idleExpired() {
        long unwritten = connection.unwrittenBytes();
        if (unwritten == 0) {
            connection.onIdleTimeout();
        } else if (unwritten != unwrittenBefore) {
            unwrittenBefore = unwritten;
            enter(Phase.IDLE, limits.responseBody());
        } else {
            connection.onWriteTimeout();
        }
    }

    private void writingExpired() {
        long unwritten = connection.unwrittenBytes();
        if (unwritten != unwrittenBefore) { // some may have been added to it before the backend was held back
            unwrittenBefore = unwritten;
            arm(writing, limits.responseBody());
        } else {
            connection.onWriteTimeout();
        }
    }
}
