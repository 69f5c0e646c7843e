package io.proxyd.proxy.route;

import io.proxyd.config.Address;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.LiveBackend.Key;
import io.proxyd.proxy.route.LiveBackend.Terms;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds routing tables out of what the operator wrote and what the registry says. Used by the control loop's thread. */
public final class RoutingTableBuilder {
    private final int loops;
    private final InstantSource clock;

    /** @param loops how many event loops serve requests */
    public RoutingTableBuilder(int loops, InstantSource clock) {
        this.loops = loops;
        this.clock = clock;
    }

    /**
     * Builds a table.
     *
     * @param previous whose live backends and service states are carried over by identity; null for the first table
     */
    public RoutingTable build(ProxydConfig config, Catalog catalog, @Nullable RoutingTable previous) {
        Map<Key, Terms> wanted = wanted(config, catalog);
        Map<Key, LiveBackend> known = new HashMap<>();
        if (previous != null) {
            previous.backends().forEach(b -> known.put(b.key(), b));
        }
        Map<String, List<LiveBackend>> backends = new HashMap<>();
        Map<String, ServiceState> states = new HashMap<>();
        for (String service : config.services().keySet()) {
            Service before = previous == null ? null : previous.services().get(service);
            states.put(service, before == null ? new ServiceState(loops) : before.state());
        }
        wanted.forEach((key, terms) -> {
            ServiceConfig service = config.services().get(key.service());
            ServiceState state = states.get(key.service());
            if (service == null || state == null) {
                return; // registered, but no service of this proxy
            }
            backends.computeIfAbsent(key.service(), s -> new ArrayList<>())
                    .add(live(key, terms, service, state, known.get(key)));
        });
        Map<String, Service> services = new LinkedHashMap<>();
        config.services().forEach((name, service) -> {
            List<LiveBackend> members = backends.getOrDefault(name, List.of());
            ServiceState state = states.get(name);
            if (state != null) {
                services.put(name, new Service(service, members, state));
            }
        });
        return new RoutingTable(config.routes(), Collections.unmodifiableMap(services), catalog);
    }

    private LiveBackend live(
            Key key, Terms terms, ServiceConfig service, ServiceState state, @Nullable LiveBackend known) {
        if (known == null) {
            return new LiveBackend(key, terms, state, new Ejection(service.ejection()), loops, clock);
        }
        known.ejection().rule(service.ejection());
        if (!known.terms().equals(terms)) {
            known.terms(terms);
        }
        return known;
    }

    /**
     * Configured backends and registered ones, sorted; the registration counts where both name the same backend, so that
     * within a service an id names one backend.
     */
    private static Map<Key, Terms> wanted(ProxydConfig config, Catalog catalog) {
        Map<Key, Terms> wanted = new HashMap<>();
        Map<String, Key> configured = new HashMap<>();
        config.services().forEach((name, service) -> {
            for (Address address : service.backends()) {
                Key key = new Key(name, address.toString(), address.host(), address.port());
                wanted.put(key, new Terms(Registration.DEFAULT_WEIGHT, false, Map.of(), "config"));
                configured.put(key.toString(), key);
            }
        });
        for (Registration r : catalog.registrations()) {
            boolean draining = r.state() == Registration.State.DRAINING;
            Key key = new Key(r.service(), r.id(), r.host(), r.port());
            wanted.remove(configured.getOrDefault(key.toString(), key));
            wanted.put(key, new Terms(r.weight(), draining, r.metadata(), "registry"));
        }
        Map<Key, Terms> sorted = new LinkedHashMap<>();
        wanted.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<Key, Terms> e) -> e.getKey().service())
                        .thenComparing(e -> e.getKey().id()))
                .forEach(e -> sorted.put(e.getKey(), e.getValue()));
        return sorted;
    }
}
