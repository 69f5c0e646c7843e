package io.proxyd.proxy.evidence;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.Roster;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Evidence with a registry, a witness and clocks that a test sets. Every backend passes its health check until told otherwise. */
final class Weighing {
    static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
    static final Duration PROBATION = Duration.ofMinutes(5);
    static final Duration WINDOW = Duration.ofMinutes(1);
    static final Duration HOLD = Duration.ofMinutes(3);

    private final Map<String, Health> health = new HashMap<>();
    private final Set<String> ejected = new HashSet<>();
    private final Set<String> drained = new HashSet<>();
    private final Set<String> configured = new HashSet<>();
    private final Set<String> foreign = new HashSet<>();
    private final Journal journal = new Journal(this::now);
    private Set<String> released = Set.of();
    private List<Quarantined> quarantined = List.of();
    private Lineage lineage = Lineage.PLAIN;
    private Duration elapsed = Duration.ZERO;
    private boolean connected = true;
    private long revision;
    private final Evidence evidence;

    Weighing() {
        this(PROBATION);
    }

    Weighing(Duration probation) {
        EvidenceConfig config = new EvidenceConfig(
                new EvidenceConfig.Snapshot.Off(), probation, new EvidenceConfig.Brake(0.5, 2, WINDOW, HOLD));
        evidence = new Evidence(config, witness(), journal);
    }

    private Witness witness() {
        return new Witness() {
            @Override
            public boolean serves(String service) {
                return !foreign.contains(service);
            }

            @Override
            public Testimony of(LiveBackend.Key key) {
                String name = key.toString();
                return new Testimony(
                        health.getOrDefault(name, Health.PASSING),
                        "as the test says",
                        ejected.contains(name),
                        drained.contains(name),
                        configured.contains(name));
            }
        };
    }

    /** A registration of the service web under a lease. */
    static Registration leased(String id) {
        return plain(id).leased(true);
    }

    /** A registration of the service web that only a deletion ends. */
    static Registration plain(String id) {
        return of("web", id, 80, Registration.State.UP);
    }

    static Registration of(String service, String id, int port, Registration.State state) {
        return new Registration(service, id, "10.0.0.1", port, 100, state, Map.of(), Map.of());
    }

    static Registration[] leased(int count) {
        Registration[] all = new Registration[count];
        Arrays.setAll(all, i -> leased(String.format("b%04d", i)));
        return all;
    }

    Weighing health(String name, Health value) {
        health.put(name, value);
        return this;
    }

    Weighing ejected(String name) {
        ejected.add(name);
        return this;
    }

    Weighing drained(String name) {
        drained.add(name);
        return this;
    }

    Weighing configured(String name) {
        configured.add(name);
        return this;
    }

    /** The service is not, or no longer, one of this proxy. */
    Weighing foreign(String service, boolean is) {
        if (is) {
            foreign.add(service);
        } else {
            foreign.remove(service);
        }
        evidence.configured();
        return this;
    }

    Weighing released(String... names) {
        released = Set.of(names);
        return this;
    }

    Weighing quarantined(Quarantined... refused) {
        quarantined = List.of(refused);
        return this;
    }

    Weighing lineage(int breaks, boolean remembered) {
        lineage = new Lineage(7, breaks, breaks == 0 ? "" : "cluster id 8, expected 7", remembered);
        return this;
    }

    Weighing connected(boolean is) {
        connected = is;
        return this;
    }

    /** The registry lists these and nothing else. */
    Weighing hear(Registration... registrations) {
        List<Registration> sorted = Arrays.stream(registrations)
                .sorted(Comparator.comparing(Registration::service).thenComparing(Registration::id))
                .toList();
        evidence.heard(new Catalog(++revision, lineage, sorted, quarantined, released), moment());
        return this;
    }

    /** Lets time pass in one go, then looks. */
    Weighing pass(Duration time) {
        elapsed = elapsed.plus(time);
        evidence.elapse(connected, moment());
        return this;
    }

    /** Looks at health and clock. */
    Weighing look() {
        return pass(Duration.ZERO);
    }

    Evidence evidence() {
        return evidence;
    }

    EvidenceStatus status() {
        return evidence.status(connected);
    }

    RegistryView view() {
        return evidence.view(Map.of());
    }

    /** Who is there of the service web: an id, with why it is kept if the registry does not list it. */
    List<String> there() {
        return there("web");
    }

    List<String> there(String service) {
        Roster roster = view().rosters().get(service);
        if (roster == null) {
            return List.of();
        }
        List<String> ids = new ArrayList<>();
        roster.registered().forEach(r -> ids.add(r.id()));
        roster.kept()
                .forEach(k -> ids.add(k.registration().id() + " " + k.source().label()));
        ids.sort(Comparator.naturalOrder());
        return ids;
    }

    /** The newest entries of the journal as {@code backend change: cause}. */
    List<String> told() {
        return journal.newest(null, 1000).stream()
                .map(e -> (e.backend() == null ? e.service() : e.backend()) + " "
                        + e.change().label() + ": " + e.cause())
                .toList();
    }

    Journal journal() {
        return journal;
    }

    Instant now() {
        return START.plus(elapsed);
    }

    private Moment moment() {
        return new Moment(now(), Long.MAX_VALUE - 5 + elapsed.toNanos()); // as the clock may wrap around
    }
}
