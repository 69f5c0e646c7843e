package io.proxyd.discovery;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Registers one backend and keeps it registered, whatever the registry goes through, until it is told otherwise.
 *
 * <p>Every method is for any thread and returns at once, but {@link #close}. What is wished last counts; an announcer
 * gives up nothing but by {@link #close}.
 */
public interface Announcer extends AutoCloseable {
    /** Registers the backend, now or as soon as the registry answers, and keeps it. Also after one of the following. */
    void start();

    /** Takes the registration away at once, without a word to the proxies before: the backend is of no use any more. */
    void withdraw();

    /**
     * Announces that the backend takes nothing new, waits until every proxy has let go of it, and takes the registration
     * away.
     *
     * @param atMost how long to wait for the proxies
     * @return completes soon after that at the latest, and never with a failure; another wish in between ends the wait
     */
    CompletableFuture<Drained> drain(Duration atMost);

    /** How it stands. */
    AnnouncerStatus status();

    /** Takes the registration away, if that is still to be done and the registry answers in a few seconds, and ends. */
    @Override
    void close();
}
