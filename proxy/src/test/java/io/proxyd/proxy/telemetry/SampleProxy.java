package io.proxyd.proxy.telemetry;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.config.BalancingConfig;
import io.proxyd.config.EvidenceConfig;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.config.RuntimeConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.Upkeep;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.Roster;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.SampleConfig;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Source;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A proxy of two event loops that serves nobody: its tables, counters and clocks are set by tests. */
public final class SampleProxy {
    public static final Instant START = Instant.parse("2026-11-22T18:30:00Z");

    private static final List<ListenerCounts> LISTENERS = List.of(new ListenerCounts("0.0.0.0:80", 3, 16_384, 5, 2, 1));

    private final RoutingTableBuilder builder = new RoutingTableBuilder(2, this::now, BackendEvents.NONE);
    private final Map<String, ServiceConfig> services = new LinkedHashMap<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final List<Quarantined> quarantined = new ArrayList<>();
    private final List<LoopCounts> loops = List.of(new LoopCounts(), new LoopCounts());
    private volatile Duration elapsed = Duration.ZERO;
    private volatile @Nullable RoutingTable table;
    private volatile boolean listening = true;
    private volatile RegistryStatus registry = new RegistryStatus(
            "etcd",
            true,
            42,
            START,
            null,
            false,
            new Upkeep(Map.of("compacted", 2L, "drift", 0L), 7, START.minusSeconds(30), 1));
    private volatile EvidenceStatus evidence = EvidenceStatus.NOTHING;
    private final Journal journal = new Journal(this::now);
    private final Propagation propagation = new Propagation();
    private final Map<String, List<Roster.Kept>> keptRosters = new HashMap<>();
    private Map<String, Map<String, Intent>> intents = Map.of();
    private Lineage lineage = Lineage.PLAIN;

    public Sources sources() {
        return new Sources(
                () -> table,
                () -> registry,
                () -> evidence,
                journal,
                propagation,
                loops,
                () -> LISTENERS,
                () -> new MemoryUse(1024, 8192, 2048, 16_384),
                () -> listening,
                this::now,
                () -> elapsed.toNanos());
    }

    public SampleProxy configure(String name, String... addresses) {
        List<Address> backends = new ArrayList<>();
        for (String address : addresses) {
            int colon = address.lastIndexOf(':');
            backends.add(new Address(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
        }
        HealthCheckConfig.Schedule schedule =
                new HealthCheckConfig.Schedule(Duration.ofSeconds(1), 0.1, Duration.ofMillis(500), 2, 2, true);
        services.put(
                name,
                SampleConfig.service(
                        name,
                        BalancingConfig.Algorithm.LEAST_REQUEST,
                        new HealthCheckConfig.Tcp(schedule),
                        SampleConfig.EJECTION,
                        backends.toArray(Address[]::new)));
        return this;
    }

    public SampleProxy register(String service, String id, String host, int port) {
        return register(service, id, host, port, Registration.DEFAULT_WEIGHT, Registration.State.UP);
    }

    public SampleProxy register(
            String service, String id, String host, int port, int weight, Registration.State state) {
        registrations.add(new Registration(service, id, host, port, weight, state, Map.of("zone", "a"), Map.of()));
        return this;
    }

    public SampleProxy register(Registration registration) {
        registrations.add(registration);
        return this;
    }

    public SampleProxy deregister(String id) {
        registrations.removeIf(r -> r.id().equals(id));
        return this;
    }

    public SampleProxy quarantine(String key, String reason) {
        quarantined.add(new Quarantined(key, reason));
        return this;
    }

    /** Serves from a new table of what was said so far. */
    public SampleProxy build() {
        ProxydConfig config = new ProxydConfig(
                new RuntimeConfig(2, RuntimeConfig.Transport.AUTO, Duration.ofSeconds(30), null, 1),
                List.of(),
                new AdminConfig.Tcp(new Address("127.0.0.1", 0)),
                new RegistryConfig.None(),
                EvidenceConfig.defaults(),
                services,
                services.keySet().stream()
                        .map(s -> new RouteConfig("*", "/" + s, s))
                        .toList(),
                new AccessLogConfig(new AccessLogConfig.Output.Off(), AccessLogConfig.Format.COMBINED));
        List<Registration> sorted = new ArrayList<>(registrations);
        sorted.sort(Comparator.comparing(Registration::service).thenComparing(Registration::id));
        Catalog catalog = new Catalog(42, lineage, List.copyOf(sorted), List.copyOf(quarantined), Set.of());
        RegistryView plain = RegistryView.of(catalog);
        Map<String, Roster> rosters = new HashMap<>(plain.rosters());
        keptRosters.forEach((name, kept) -> rosters.merge(
                name,
                new Roster(List.of(), kept, lineage.remembered()),
                (listed, added) -> new Roster(listed.registered(), added.kept(), listed.remembered())));
        table = builder.build(config, new RegistryView(catalog, rosters, intents), table);
        return this;
    }

    /** Keeps a backend that is not registered; counts from the next {@link #build}. */
    public SampleProxy keep(Registration registration, Source source) {
        keptRosters
                .computeIfAbsent(registration.service(), s -> new ArrayList<>())
                .add(new Roster.Kept(registration, source));
        return this;
    }

    public SampleProxy evidence(EvidenceStatus status) {
        evidence = status;
        return this;
    }

    /** The only intent from the next {@link #build} on. */
    public SampleProxy intent(Intent intent) {
        intents = Map.of(intent.service(), Map.of(intent.id(), intent));
        return this;
    }

    /** Counts from the next {@link #build}. */
    public SampleProxy lineage(Lineage value) {
        lineage = value;
        return this;
    }

    public Journal journal() {
        return journal;
    }

    public SampleProxy listening(boolean open) {
        listening = open;
        return this;
    }

    public SampleProxy registry(RegistryStatus status) {
        registry = status;
        return this;
    }

    public SampleProxy advance(Duration time) {
        elapsed = elapsed.plus(time);
        return this;
    }

    public Instant now() {
        return START.plus(elapsed);
    }

    public long nanoTime() {
        return elapsed.toNanos();
    }

    public LoopCounts loop(int index) {
        return loops.get(index);
    }

    public Service service(String name) {
        RoutingTable current = table;
        Service service = current == null ? null : current.services().get(name);
        if (service == null) {
            throw new IllegalArgumentException("no service " + name);
        }
        return service;
    }

    public LiveBackend backend(String service, String id) {
        return service(service).backends().stream()
                .filter(b -> b.key().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** Gives the backend an address, as name resolution does. */
    public LiveBackend resolve(String service, String id, String address) {
        LiveBackend backend = backend(service, id);
        backend.address(new InetSocketAddress(address, backend.key().port()));
        return backend;
    }

    /** The documentation file, wherever tests run from. */
    public static Path docs(String file) {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !folder.resolve("docs").resolve(file).toFile().exists()) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException(
                    "docs/" + file + " was not found above " + Path.of("").toAbsolutePath());
        }
        return folder.resolve("docs").resolve(file);
    }
}
