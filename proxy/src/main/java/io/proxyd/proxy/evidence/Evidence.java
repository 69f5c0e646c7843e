package io.proxyd.proxy.evidence;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.Roster;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the registry for a witness, not for a commander: decides which backends are there, out of every catalog in its order,
 * the health that proxyd sees itself, and the time. What the registry lists is there. What it drops is dropped at once, kept
 * on probation, or held by the brake; {@code docs/registry.md} has the rules. On the control loop's thread.
 */
public final class Evidence {
    private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);

    private final EvidenceConfig config;
    private final Witness witness;
    private final Journal journal;
    private final CatalogNews news;
    private final Map<String, ServiceEvidence> services = new TreeMap<>();
    private Map<String, List<Registration>> registered = Map.of();
    private @Nullable Catalog catalog;

    /** @param journal is told each transition */
    public Evidence(EvidenceConfig config, Witness witness, Journal journal) {
        this.config = config;
        this.witness = witness;
        this.journal = journal;
        this.news = new CatalogNews(journal);
    }

    /** Takes the next catalog; each one is to be given, in their order. */
    public void heard(Catalog next, Moment now) {
        Catalog before = catalog == null ? Catalog.EMPTY : catalog;
        Map<String, List<Registration>> lists = RegistryView.byService(next, registered);
        catalog = next;
        journal.revision(next.revision());
        news.tell(before, next);
        Tidings told = new Tidings();
        Hearing hearing = new Hearing(next.released(), doubt(before, next), now, told);
        Set<String> braking = braking();
        lists.forEach((name, listed) -> hear(name, listed, hearing));
        registered.keySet().stream()
                .filter(name -> !lists.containsKey(name))
                .forEach(name -> hear(name, List.of(), hearing));
        registered = lists;
        if (!next.released().isEmpty()) {
            services.values().stream()
                    .filter(ServiceEvidence::keeping)
                    .forEach(service -> service.released(next.released(), told));
        }
        services.values().removeIf(service -> service.forgettable(now));
        told.tell(journal);
        BrakeAlarm.sound(engagedBeyond(braking), config.brake().hold());
    }

    private void hear(String name, List<Registration> listed, Hearing hearing) {
        if (!witness.serves(name)) {
            return;
        }
        ServiceEvidence service = services.get(name);
        if (service == null) {
            service = new ServiceEvidence(name, config, witness);
            services.put(name, service);
        }
        if (service.registered() != listed) {
            service.heard(listed, hearing);
        }
    }

    /** Why no removal in the next catalog is to be believed; empty if nothing speaks against it. */
    private static String doubt(Catalog before, Catalog next) {
        if (CatalogNews.historyBroke(before, next)) {
            return "the history of the registry broke: " + next.lineage().doubt();
        }
        int count = before.registrations().size();
        boolean emptied = count > 0 && next.registrations().isEmpty();
        return emptied ? "the registry lists nothing any more, where it listed " + count : "";
    }

    /** Says that requests are served from the catalog that was read from disk. */
    public void snapshotInUse() {
        Catalog current = catalog;
        if (current != null && current.lineage().remembered()) {
            String what =
                    Words.count(current.registrations().size(), "registration") + " of revision " + current.revision();
            LOG.warn("serving from the last known good catalog: {}", what);
            journal.add(null, null, Change.SNAPSHOT_IN_USE, what);
        }
    }

    /** The configuration is another one: services may have come and gone. */
    public void configured() {
        Tidings told = new Tidings();
        services.values().removeIf(service -> {
            boolean gone = !witness.serves(service.service());
            if (gone) {
                service.abandon(told);
            }
            return gone;
        });
        registered.forEach((name, listed) -> {
            if (witness.serves(name) && !services.containsKey(name)) {
                ServiceEvidence service = new ServiceEvidence(name, config, witness);
                service.begin(listed);
                services.put(name, service);
            }
        });
        told.tell(journal);
    }

    /**
     * Looks at health and clock; to be called every now and then while {@link #keeping}.
     *
     * @param registryConnected whether the registry is connected, and has been since the last call
     * @return whether any backend was let go
     */
    public boolean elapse(boolean registryConnected, Moment now) {
        Tidings told = new Tidings();
        services.values().stream()
                .filter(ServiceEvidence::keeping)
                .forEach(service -> service.elapse(registryConnected, now, told));
        told.tell(journal);
        return !told.isEmpty();
    }

    /**
     * Lets go of what the brake holds.
     *
     * @param service null for all
     * @return how many backends that drops
     */
    public int accept(@Nullable String service) {
        Tidings told = new Tidings();
        int dropped = 0;
        for (ServiceEvidence each : services.values()) {
            if (each.braking() && (service == null || service.equals(each.service()))) {
                int count = each.accept(told);
                dropped += count;
                journal.add(each.service(), null, Change.BRAKE_ACCEPTED, Words.count(count, "backend") + " let go");
                LOG.info("{}: an operator accepted that {} left", each.service(), Words.count(count, "backend"));
            }
        }
        told.tell(journal);
        return dropped;
    }

    /** Whether any backend is kept against the registry's word, so that time matters. */
    public boolean keeping() {
        return services.values().stream().anyMatch(ServiceEvidence::keeping);
    }

    /**
     * Who is there, with an empty catalog before the first.
     *
     * @param intents in force, by service and backend id
     */
    public RegistryView view(Map<String, Map<String, Intent>> intents) {
        Catalog current = catalog == null ? Catalog.EMPTY : catalog;
        boolean remembered = current.lineage().remembered();
        Map<String, Roster> rosters = new HashMap<>();
        registered.forEach((name, listed) -> rosters.put(name, new Roster(listed, List.of(), remembered)));
        services.values().stream()
                .filter(ServiceEvidence::keeping)
                .forEach(s -> rosters.put(s.service(), new Roster(s.registered(), s.entries(), remembered)));
        return new RegistryView(current, rosters, intents);
    }

    /**
     * Where the registry is not followed at the moment.
     *
     * @param registryConnected whether the registry is connected
     */
    public EvidenceStatus status(boolean registryConnected) {
        if (!keeping()) {
            return EvidenceStatus.NOTHING;
        }
        List<EvidenceStatus.Brake> brakes = new ArrayList<>();
        Map<String, Integer> probation = new HashMap<>();
        Map<String, EvidenceStatus.Kept> kept = new LinkedHashMap<>();
        for (ServiceEvidence service : services.values()) {
            service.brakeStatus().ifPresent(brakes::add);
            int onProbation = service.addStatus(kept, registryConnected);
            if (onProbation > 0) {
                probation.put(service.service(), onProbation);
            }
        }
        return new EvidenceStatus(List.copyOf(brakes), Map.copyOf(probation), Collections.unmodifiableMap(kept));
    }

    private Set<String> braking() {
        Set<String> names = new HashSet<>();
        services.values().stream().filter(ServiceEvidence::braking).forEach(s -> names.add(s.service()));
        return names;
    }

    private List<EvidenceStatus.Brake> engagedBeyond(Set<String> before) {
        return services.values().stream()
                .filter(service -> !before.contains(service.service()))
                .map(ServiceEvidence::brakeStatus)
                .flatMap(Optional::stream)
                .toList();
    }
}
