package io.proxyd.proxy.story;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Counts the catalogs that registries deliver. */
final class CountedCatalogs {
    private final AtomicLong count = new AtomicLong();

    long count() {
        return count.get();
    }

    /** The same registry, counted. */
    Registry of(Registry registry) {
        return new Registry() {
            @Override
            public void watch(Catalog known, Consumer<Catalog> listener) {
                registry.watch(known, catalog -> {
                    count.getAndIncrement();
                    listener.accept(catalog);
                });
            }

            @Override
            public RegistryStatus status() {
                return registry.status();
            }

            @Override
            public void close() {
                registry.close();
            }
        };
    }
}
