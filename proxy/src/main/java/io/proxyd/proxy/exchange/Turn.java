package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.Deadline;
import io.proxyd.proxy.http.LoopResources;
import io.proxyd.proxy.route.Admission;
import io.proxyd.proxy.route.Service;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An exchange's wait to be let in to a service, and its stay there. On the event loop of the exchange. */
final class Turn implements Admission.Waiter {
    /** How often what waits for room at a backend looks for it: room may come from other event loops, which do not tell. */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Exchange exchange;
    private final LoopResources loop;
    private final Service service;
    private final Admission admission;
    /** Ends the wait; null where there was none. */
    private @Nullable Deadline patience;

    private long endNanos;
    private boolean waiting;
    private boolean in;

    Turn(Exchange exchange, LoopResources loop, Service service) {
        this.exchange = exchange;
        this.loop = loop;
        this.service = service;
        this.admission = service.state().loop(loop.index()).admission();
    }

    /**
     * Asks to be let in. At once or later, one of {@link Exchange#begin} and {@link Exchange#turnAway} follows.
     *
     * @param urgent neither waits nor is turned away
     */
    void take(boolean urgent, long nowNanos) {
        switch (admission.ask(this, urgent, service, nowNanos)) {
            case ENTER -> {
                in = true;
                exchange.begin(service, nowNanos);
            }
            case WAIT -> {
                waiting = true;
                exchange.trace().queues();
                endNanos = nowNanos + service.config().limits().queueTime().toNanos();
                patience = new Deadline(this::onTime);
                await(nowNanos);
            }
            case TURNED_AWAY -> exchange.turnAway();
        }
    }

    private void await(long nowNanos) {
        if (patience != null) {
            long left = endNanos - nowNanos;
            boolean capped = service.config().limits().backendRequests() > 0;
            loop.fineWheel().arm(patience, nowNanos, capped ? Math.min(left, LOOK_AGAIN_NANOS) : left);
        }
    }

    private void onTime() {
        long nowNanos = System.nanoTime();
        if (endNanos - nowNanos <= 0) {
            end(-1, nowNanos);
            exchange.turnAway();
            return;
        }
        admission.letIn(service, nowNanos);
        if (waiting) {
            await(nowNanos);
        }
    }

    @Override
    public void admitted() {
        stopWaiting();
        in = true;
        exchange.begin(service, System.nanoTime());
    }

    /**
     * Makes room for another one, or gives up the wait; may be said twice.
     *
     * @param answeredNanos from the start of the attempt to the head of its response; -1 if there was none
     */
    void end(long answeredNanos, long nowNanos) {
        if (in) {
            in = false;
            admission.ended(answeredNanos, nowNanos, service);
        } else if (waiting) {
            stopWaiting();
            admission.leave(this);
        }
    }

    private void stopWaiting() {
        waiting = false;
        if (patience != null) {
            loop.fineWheel().forget(patience);
        }
    }
}
