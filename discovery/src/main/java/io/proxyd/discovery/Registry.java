package io.proxyd.discovery;

import java.util.function.Consumer;

/** Where registrations live. Implementations own their threads and survive every failure of what they watch. */
public interface Registry extends AutoCloseable {
    /**
     * Starts to watch. Called once.
     *
     * @param listener gets the first catalog and then every changed one, from one thread of the registry's own, never
     *     concurrently; it must not block
     */
    void watch(Consumer<Catalog> listener);

    /** The state of the watch; any thread. */
    RegistryStatus status();

    /** Ends the watch and its threads; no catalog is delivered after it returned. */
    @Override
    void close();
}
