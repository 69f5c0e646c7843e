package io.proxyd.discovery;

import java.util.function.Consumer;

/** Where registrations live. Implementations own their threads and survive every failure of what they watch. */
public interface Registry extends AutoCloseable {
    /** Starts to watch, with nothing known before; called once. */
    default void watch(Consumer<Catalog> listener) {
        watch(Catalog.EMPTY, listener);
    }

    /**
     * Starts to watch. Called once.
     *
     * @param known the last known good catalog, whose lineage the registry's answers are compared with; it is not
     *     delivered again
     * @param listener gets the first catalog and then every changed one, from one thread of the registry's own, never
     *     concurrently; it must not block
     */
    void watch(Catalog known, Consumer<Catalog> listener);

    /** The state of the watch; any thread. */
    RegistryStatus status();

    /** Ends the watch and its threads; no catalog is delivered after it returned. */
    @Override
    void close();
}
