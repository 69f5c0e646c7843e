package io.proxyd.proxy.route;

import io.proxyd.config.Address;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.LiveBackend.Key;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds routing tables out of what the operator wrote and what the registry says. A service of which both say the same as
 * before is taken over as it is, so that a change costs what it changes. Used by the control loop's thread.
 */
public final class RoutingTableBuilder {
    private static final Comparator<Wanted> BY_ID =
            Comparator.comparing(w -> w.key().id());

    private final int loops;
    private final InstantSource clock;
    private final BackendEvents events;
    private final DepartedBackends departed = new DepartedBackends();

    private record Wanted(Key key, Terms terms) {}

    /**
     * @param loops how many event loops serve requests
     * @param events is told what befalls the backends
     */
    public RoutingTableBuilder(int loops, InstantSource clock, BackendEvents events) {
        this.loops = loops;
        this.clock = clock;
        this.events = events;
    }

    /**
     * Builds a table.
     *
     * @param previous whose live backends and service states are carried over by identity; null for the first table
     */
    public RoutingTable build(ProxydConfig config, RegistryView view, @Nullable RoutingTable previous) {
        Map<String, Service> services = new LinkedHashMap<>();
        config.services().forEach((name, service) -> {
            Service before = previous == null ? null : previous.services().get(name);
            boolean same = previous != null
                    && before != null
                    && before.config().equals(service)
                    && Objects.equals(before.zone(), config.runtime().zone())
                    && view.sameOf(name, previous.view());
            services.put(name, same ? before : build(service, config.runtime().zone(), view, before));
        });
        return new RoutingTable(config.routes(), Collections.unmodifiableMap(services), view);
    }

    private Service build(ServiceConfig service, @Nullable String zone, RegistryView view, @Nullable Service before) {
        ServiceState state = before == null ? new ServiceState(loops) : before.state();
        List<LiveBackend> backends = new ArrayList<>();
        for (Wanted wanted : wanted(service, view)) {
            LiveBackend known = before == null ? null : before.backend(wanted.key());
            LiveBackend live = live(wanted, service, state, known);
            if (before == null) {
                live.warmUp().skip(); // it may have been at work for long before this proxy started
            }
            backends.add(live);
        }
        if (before != null) {
            rememberThoseGone(before.backends(), backends);
        }
        state.ejected().of(List.copyOf(backends));
        return new Service(service, zone, backends, state);
    }

    private void rememberThoseGone(List<LiveBackend> before, List<LiveBackend> now) {
        Set<LiveBackend> kept = new HashSet<>(now);
        Instant time = clock.instant();
        before.stream().filter(b -> !kept.contains(b)).forEach(b -> departed.left(b, time));
    }

    private LiveBackend live(Wanted wanted, ServiceConfig service, ServiceState state, @Nullable LiveBackend current) {
        LiveBackend known = current == null ? departed.back(wanted.key(), service, state, clock.instant()) : current;
        if (known == null) {
            return new LiveBackend(wanted.key(), wanted.terms(), state, service.ejection(), loops, clock, events);
        }
        known.ejection().rule(service.ejection());
        if (!known.terms().equals(wanted.terms())) {
            known.terms(wanted.terms());
        }
        return known;
    }

    /**
     * By id, each of which names one backend: a registration counts before the configuration, and that before a backend that
     * is kept though it is no longer registered.
     */
    private static List<Wanted> wanted(ServiceConfig service, RegistryView view) {
        Roster roster = view.roster(service.name());
        Map<String, Intent> intents = view.intents(service.name());
        Source source = roster.remembered() ? Source.SNAPSHOT : Source.REGISTRY;
        List<Wanted> wanted =
                new ArrayList<>(roster.registered().size() + roster.kept().size());
        roster.registered().forEach(r -> wanted.add(wanted(r, source, intents)));
        Set<String> taken = new HashSet<>();
        if (!service.backends().isEmpty()) {
            roster.registered().forEach(r -> taken.add(r.id()));
        }
        for (Address address : service.backends()) {
            String id = address.toString();
            if (taken.add(id)) {
                Key key = new Key(service.name(), id, address.host(), address.port());
                wanted.add(new Wanted(key, Terms.configured(intents.get(id))));
            }
        }
        for (Roster.Kept kept : roster.kept()) {
            if (!taken.contains(kept.registration().id())) {
                wanted.add(wanted(kept.registration(), kept.source(), intents));
            }
        }
        wanted.sort(BY_ID);
        return wanted;
    }

    private static Wanted wanted(Registration r, Source source, Map<String, Intent> intents) {
        return new Wanted(new Key(r.service(), r.id(), r.host(), r.port()), Terms.of(r, source, intents.get(r.id())));
    }
}
