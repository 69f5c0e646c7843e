package io.proxyd.discovery;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Where operators say what they want of single backends, and proxies say which of them they have let go of: in etcd,
 * where it reaches every proxy, or in this process alone. Any thread.
 */
public interface IntentBoard extends AutoCloseable {
    /**
     * Starts to follow the board. Called once.
     *
     * @param listener gets the intents whenever they change, from one thread, never concurrently; it must not block
     * @param canary gets the time at which this proxy wrote a canary key, each time after that key came back and after
     *     every change before it was told; never called where the board is not shared
     */
    void watch(Consumer<Intents> listener, Consumer<Instant> canary);

    /** Writes an intent in the place of the one of the same kind (drain, weight) for the same backend. */
    CompletionStage<Placed> put(Intent intent);

    /** Takes back every intent for a backend. */
    CompletionStage<Placed> remove(String service, String id);

    /** Says of which draining backends, by {@link Registration#name}, this proxy has let go; replaces what was said before. */
    void letGo(Map<String, LetGo> backends);

    BoardStatus status();

    /** Leaves the board and ends its threads. */
    @Override
    void close();
}
