package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import java.util.ArrayDeque;

/**
 * Who is let in to a service on one event loop: as many at once as its limits allow; a few more wait in the order in which they came;
 * the rest is turned away at once, which costs next to nothing, so that an overloaded service goes on answering those that it can. On
 * the event loop.
 */
public final class Admission {
    /** The adaptive limit is never below that for each backend, so that it can only be found where there is a real crowd. */
    private static final int FLOOR_PER_BACKEND = 32;

    private final int loops;
    private final ConcurrencyLimit adaptive = new ConcurrencyLimit();
    private final ArrayDeque<Waiter> line = new ArrayDeque<>();
    private final AdmissionGauges gauges = new AdmissionGauges();
    private boolean lettingIn;

    /** Who waits to be let in. */
    public interface Waiter {
        /** It is let in, and has to say when it has {@link #ended}. */
        void admitted();
    }

    /** What becomes of a request. */
    public enum Answer {
        ENTER,
        WAIT,
        TURNED_AWAY
    }

    /** @param loops among which the limits are shared */
    Admission(int loops) {
        this.loops = loops;
    }

    /**
     * Asks to be let in.
     *
     * @param urgent neither waits nor is turned away
     * @param service for which it is
     */
    public Answer ask(Waiter waiter, boolean urgent, Service service, long nowNanos) {
        if (urgent || (line.isEmpty() && !full(service, nowNanos))) {
            adaptive.started();
            gauges.inFlight(adaptive.inFlight());
            return Answer.ENTER;
        }
        gauges.limit(allowed(service));
        if (line.size() >= part(service.config().limits().queue())) {
            return Answer.TURNED_AWAY;
        }
        line.addLast(waiter);
        gauges.waiting(line.size());
        return Answer.WAIT;
    }

    /** It does not wait any longer. */
    public void leave(Waiter waiter) {
        line.remove(waiter);
        gauges.waiting(line.size());
    }

    /**
     * One that was let in has ended.
     *
     * @param answeredNanos from the start of its attempt to the head of its response; -1 if there was none
     */
    public void ended(long answeredNanos, long nowNanos, Service service) {
        adaptive.ended(answeredNanos, nowNanos);
        letIn(service, nowNanos);
    }

    /** Lets in who waits, as far as there is room. */
    public void letIn(Service service, long nowNanos) {
        if (lettingIn) {
            return; // one that was let in has ended at once
        }
        lettingIn = true;
        while (!line.isEmpty() && !full(service, nowNanos)) {
            adaptive.started();
            line.removeFirst().admitted();
        }
        lettingIn = false;
        gauges.inFlight(adaptive.inFlight());
        gauges.waiting(line.size());
        gauges.limit(allowed(service));
    }

    /** Whether there are as many as the limits allow, or nearly: no time for attempts that are not needed. */
    public boolean crowded(ServiceConfig.Limits rule) {
        return !line.isEmpty() || (rule.adaptive() && adaptive.limited());
    }

    /** How many are in. */
    public int inFlight() {
        return adaptive.inFlight();
    }

    /** How many wait. */
    public int waiting() {
        return line.size();
    }

    /** For any thread. */
    AdmissionGauges gauges() {
        return gauges;
    }

    private int allowed(Service service) {
        ServiceConfig.Limits rule = service.config().limits();
        int fixed = rule.requests() > 0 ? part(rule.requests()) : AdmissionGauges.NONE;
        int floor = part(FLOOR_PER_BACKEND * service.backends().size());
        return rule.adaptive() ? Math.min(fixed, adaptive.allowed(floor)) : fixed;
    }

    private boolean full(Service service, long nowNanos) {
        ServiceConfig.Limits rule = service.config().limits();
        if (rule.requests() > 0 && adaptive.inFlight() >= part(rule.requests())) {
            return true;
        }
        int backends = service.backends().size();
        return (rule.adaptive() && adaptive.full(part(FLOOR_PER_BACKEND * backends))) || service.full(nowNanos);
    }

    /** The share of this event loop, at least one of what is not none. */
    private int part(int whole) {
        return whole == 0 ? 0 : Math.max(1, whole / loops);
    }
}
