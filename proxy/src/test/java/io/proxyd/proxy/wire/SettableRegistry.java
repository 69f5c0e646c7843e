package io.proxyd.proxy.wire;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A registry whose catalog a test sets; empty at first. */
final class SettableRegistry implements Registry {
    private Consumer<Catalog> listener = catalog -> {};
    private long revision;

    /** A registration of a backend on this machine, with its port as id. */
    static Registration at(String service, int port) {
        return at(service, port, Registration.DEFAULT_WEIGHT, Registration.State.UP);
    }

    static Registration at(String service, int port, int weight, Registration.State state) {
        return new Registration(service, "b" + port, "127.0.0.1", port, weight, state, Map.of(), Map.of());
    }

    synchronized void set(Registration... registrations) {
        revision++;
        listener.accept(new Catalog(
                revision,
                Arrays.stream(registrations)
                        .sorted(Comparator.comparing(Registration::service).thenComparing(Registration::id))
                        .toList(),
                List.of()));
    }

    @Override
    public synchronized void watch(Catalog known, Consumer<Catalog> newListener) {
        listener = newListener;
        set();
    }

    @Override
    public synchronized RegistryStatus status() {
        return new RegistryStatus("test", true, revision, null, null);
    }

    @Override
    public void close() {}
}
