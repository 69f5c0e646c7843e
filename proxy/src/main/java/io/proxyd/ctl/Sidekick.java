package io.proxyd.ctl;

import io.proxyd.discovery.Announcer;
import io.proxyd.discovery.AnnouncerStatus;
import io.proxyd.process.Signals;
import io.proxyd.process.SystemdNotifier;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that announces a backend for as long as it is there and well.
 *
 * <p>One thread, that which calls {@link #run}, decides; signals, the end of the command and the end of the drain are
 * events that it waits for.
 */
final class Sidekick {
    private static final Logger log = LoggerFactory.getLogger(Sidekick.class);
    /** More than anyone needs: further signals say nothing new. */
    private static final int MAX_EVENTS = 16;

    private final Plan plan;
    private final Function<Consumer<AnnouncerStatus>, Announcer> announcers;
    private final SystemdNotifier systemd;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(MAX_EVENTS);

    /**
     * @param check what has to answer for the backend to be registered
     * @param command the backend to start; empty if it is started by someone else
     */
    record Plan(
            Optional<URI> check,
            Duration checkInterval,
            Duration drainTimeout,
            Duration stopTimeout,
            List<String> command) {}

    private enum Event {
        SIGNAL,
        COMMAND_ENDED,
        DRAINED
    }

    /** @param announcers makes the announcer, which tells its changes to the consumer */
    Sidekick(Plan plan, Function<Consumer<AnnouncerStatus>, Announcer> announcers, SystemdNotifier systemd) {
        this.plan = plan;
        this.announcers = announcers;
        this.systemd = systemd;
    }

    /**
     * Runs until a signal or the end of the command; returns the status to exit with.
     *
     * @throws CtlException when the command cannot be started
     */
    int run() throws InterruptedException {
        Signals.on("TERM", () -> tell(Event.SIGNAL));
        Signals.on("INT", () -> tell(Event.SIGNAL));
        Child child = plan.command().isEmpty() ? null : Child.start(plan.command(), () -> tell(Event.COMMAND_ENDED));
        try (Announcer announcer = announcers.apply(this::follow)) {
            Event first = announce(announcer);
            if (first == Event.SIGNAL) {
                drain(announcer);
            }
        }
        return child == null ? 0 : end(child);
    }

    /** Announces, or lets the check decide when to; returns what ended that. */
    private Event announce(Announcer announcer) throws InterruptedException {
        if (plan.check().isEmpty()) {
            announcer.start();
            return events.take();
        }
        URI url = plan.check().get();
        LocalCheck check = new LocalCheck(url, plan.checkInterval(), announcer::start, announcer::withdraw);
        check.start();
        systemd.ready("waits for " + url);
        Event end = events.take();
        check.stop();
        return end;
    }

    private void drain(Announcer announcer) throws InterruptedException {
        systemd.stopping();
        announcer.drain(plan.drainTimeout()).thenRun(() -> tell(Event.DRAINED));
        if (events.take() != Event.DRAINED) {
            log.warn("The drain is cut short");
        }
    }

    private int end(Child child) throws InterruptedException {
        child.terminate();
        long deadline = System.nanoTime() + plan.stopTimeout().toNanos();
        boolean isWaiting = child.isAlive();
        while (isWaiting) {
            Event next = events.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            isWaiting = next == Event.DRAINED; // that of a drain which was cut short
        }
        return child.end();
    }

    private void follow(AnnouncerStatus status) {
        if (status.state() == AnnouncerStatus.State.REGISTERED) {
            systemd.ready(status.detail());
        } else {
            systemd.status(status.detail());
        }
    }

    private void tell(Event event) {
        if (!events.offer(event)) {
            log.debug("{} is one event too many", event);
        }
    }
}
