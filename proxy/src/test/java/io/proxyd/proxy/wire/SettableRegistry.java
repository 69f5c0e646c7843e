package io.proxyd.proxy.wire;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.Upkeep;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** A registry whose catalog a test sets; empty at first. */
final class SettableRegistry implements Registry {
    private Consumer<Catalog> listener = catalog -> {};
    private Registration[] remembered = {};
    private Set<String> released = Set.of();
    private Lineage lineage = Lineage.PLAIN;
    private boolean connected = true;
    private long revision;

    /** A registration of a backend on this machine, with its port as id. */
    static Registration at(String service, int port) {
        return at(service, port, Registration.DEFAULT_WEIGHT, Registration.State.UP);
    }

    static Registration at(String service, int port, int weight, Registration.State state) {
        return new Registration(service, "b" + port, "127.0.0.1", port, weight, state, Map.of(), Map.of());
    }

    /** Tells this before anything else, instead of an empty catalog. */
    SettableRegistry remembering(Registration... registrations) {
        remembered = registrations;
        return this;
    }

    synchronized void set(Registration... registrations) {
        lineage = new Lineage(0, lineage.breaks(), lineage.doubt(), false);
        tell(registrations);
    }

    private void tell(Registration... registrations) {
        revision++;
        List<Registration> sorted = Arrays.stream(registrations)
                .sorted(Comparator.comparing(Registration::service).thenComparing(Registration::id))
                .toList();
        listener.accept(new Catalog(revision, lineage, sorted, List.of(), released));
    }

    /** Counts from the next catalog on. */
    synchronized void breakHistory(String doubt) {
        lineage = new Lineage(0, lineage.breaks() + 1, doubt, false);
    }

    /** These were deleted on purpose; counts from the next catalog on. */
    synchronized void release(String... names) {
        released = Set.of(names);
    }

    synchronized void connected(boolean is) {
        connected = is;
    }

    @Override
    public synchronized void watch(Catalog known, Consumer<Catalog> newListener) {
        listener = newListener;
        lineage = new Lineage(0, 0, "", remembered.length > 0);
        tell(remembered);
    }

    @Override
    public synchronized RegistryStatus status() {
        return new RegistryStatus("test", connected, revision, null, null, lineage.remembered(), Upkeep.NONE);
    }

    @Override
    public void close() {}
}
