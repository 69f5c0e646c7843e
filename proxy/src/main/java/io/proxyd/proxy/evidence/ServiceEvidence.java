package io.proxyd.proxy.evidence;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.evidence.Witness.Testimony;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Roster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the registry dropped of one service and what becomes of it. Control thread. */
final class ServiceEvidence {
    private final String service;
    private final EvidenceConfig config;
    private final Witness witness;
    private final DepartureRules rules;
    private final Departures departures;
    private final Map<String, KeptBackend> kept = new TreeMap<>();
    private List<Registration> registered = List.of();
    private List<Roster.Kept> entries = List.of();
    private @Nullable Brake brake;

    /** An engaged brake. */
    private record Brake(Moment since, String cause) {}

    ServiceEvidence(String service, EvidenceConfig config, Witness witness) {
        this.service = service;
        this.config = config;
        this.witness = witness;
        this.rules = new DepartureRules(config);
        this.departures = new Departures(config.brake().window());
    }

    String service() {
        return service;
    }

    /** What the registry lists now, as it was heard last. */
    List<Registration> registered() {
        return registered;
    }

    /** What it does not list and is kept all the same, by id; the same list as long as nothing changes. */
    List<Roster.Kept> entries() {
        return entries;
    }

    boolean braking() {
        return brake != null;
    }

    boolean keeping() {
        return !kept.isEmpty();
    }

    /** Whether nothing of it has to be remembered. */
    boolean forgettable(Moment now) {
        return registered.isEmpty() && kept.isEmpty() && departures.count(now) == 0;
    }

    /** Begins with what is known already. */
    void begin(List<Registration> listed) {
        registered = listed;
    }

    /** Takes what a newer catalog lists of the service, by id. */
    void heard(List<Registration> listed, Hearing hearing) {
        List<Registration> before = registered;
        registered = listed;
        List<Registration> left = new ArrayList<>();
        int fresh = 0;
        int i = 0;
        int j = 0;
        while (i < before.size() || j < listed.size()) {
            int order = i == before.size()
                    ? 1
                    : j == listed.size()
                            ? -1
                            : before.get(i).id().compareTo(listed.get(j).id());
            if (order < 0) {
                left.add(before.get(i++));
            } else if (order > 0) {
                fresh += arrived(listed.get(j++), hearing) ? 1 : 0;
            } else {
                stayed(before.get(i++), listed.get(j++), hearing);
            }
        }
        depart(left, fresh, hearing);
        settled(hearing.told());
    }

    /** Returns whether it is a backend that had not left before. */
    private boolean arrived(Registration registration, Hearing hearing) {
        String id = registration.id();
        KeptBackend back = kept.remove(id);
        if (back == null) {
            hearing.told().add(service, id, Change.REGISTERED, "at " + address(registration));
        } else if (address(back.registration()).equals(address(registration))) {
            String from = back.held() ? "the brake held it" : "it was on probation";
            hearing.told().add(service, id, Change.RETURNED, "it is registered again; " + from);
        } else {
            moved(back.registration(), registration, hearing);
        }
        return !departures.returned(id);
    }

    private void stayed(Registration before, Registration now, Hearing hearing) {
        if (before == now) {
            return;
        }
        if (!address(before).equals(address(now))) {
            moved(before, now, hearing);
            return;
        }
        String changes = Words.changes(before, now);
        if (!changes.isEmpty()) {
            hearing.told().add(service, now.id(), Change.CHANGED, changes);
        }
    }

    /** The owner of the id is elsewhere now, so what was there before is replaced. */
    private void moved(Registration from, Registration to, Hearing hearing) {
        hearing.told().add(service, to.id(), Change.MOVED, "from " + address(from) + " to " + address(to));
    }

    /** @param fresh how many backends are new in the same catalog */
    private void depart(List<Registration> left, int fresh, Hearing hearing) {
        List<Registration> doubtful = new ArrayList<>();
        for (Registration registration : left) {
            String cause = rules.beyondDoubt(registration, testimony(registration));
            if (cause == null) {
                doubtful.add(registration);
                departures.left(registration.id(), hearing.now());
            } else {
                hearing.told().add(service, registration.id(), Change.DROPPED, cause);
            }
        }
        for (int i = 0; i < fresh; i++) {
            departures.madeUpForOne();
        }
        if (doubtful.isEmpty()) {
            return;
        }
        String cause = brake == null ? brakeCause(hearing) : brake.cause();
        if (cause == null) {
            doubtful.forEach(registration -> leaveAlone(registration, hearing));
        } else {
            hold(doubtful, cause, hearing);
        }
    }

    private @Nullable String brakeCause(Hearing hearing) {
        if (!hearing.doubt().isEmpty()) {
            return hearing.doubt();
        }
        int gone = departures.count(hearing.now());
        int known = registered.size() + gone;
        boolean tooMany =
                gone >= config.brake().minimum() && gone > config.brake().share() * known;
        return tooMany
                ? gone + " of " + known + " left within "
                        + Words.of(config.brake().window())
                : null;
    }

    /** One that left alone, or with few others. */
    private void leaveAlone(Registration registration, Hearing hearing) {
        String cause = rules.ofOneAlone(registration, testimony(registration), hearing.released());
        if (cause != null) {
            hearing.told().add(service, registration.id(), Change.DROPPED, cause);
            return;
        }
        kept.put(registration.id(), KeptBackend.onProbation(registration, config, hearing.now()));
        String limit = "its lease ended; kept for " + Words.of(config.probation())
                + " at most, while its health check does not fail";
        hearing.told().add(service, registration.id(), Change.PROBATION, limit);
    }

    private void hold(List<Registration> doubtful, String cause, Hearing hearing) {
        List<Registration> all = new ArrayList<>(doubtful);
        kept.values().stream().filter(k -> !k.held()).forEach(k -> all.add(k.registration()));
        int held = 0;
        for (Registration registration : all) {
            String fault = rules.fault(testimony(registration));
            if (fault == null) {
                held++;
                kept.put(registration.id(), KeptBackend.held(registration, config, hearing.now()));
                hearing.told().add(service, registration.id(), Change.HELD, "it left the registry: " + cause);
            } else {
                kept.remove(registration.id());
                hearing.told().add(service, registration.id(), Change.DROPPED, "it left the registry, and " + fault);
            }
        }
        if (brake == null && held > 0) {
            brake = new Brake(hearing.now(), cause);
            String share = held + " held, " + registered.size() + " still registered: ";
            hearing.told().add(service, Change.BRAKE_ENGAGED, share + cause);
        }
    }

    /** Lets go of those on probation that were deleted on purpose, as was found out later. */
    void released(Set<String> names, Tidings told) {
        letGo(told, k -> !k.held() && names.contains(k.name()) ? "its registration was deleted on purpose" : null);
    }

    /** Lets time pass, and lets go of those whose time is over or whose health fails. */
    void elapse(boolean connected, Moment now, Tidings told) {
        letGo(told, k -> {
            k.elapse(connected, now);
            return rules.ofOneKept(k, testimony(k.registration()));
        });
    }

    /** Carries out what the brake holds back, and returns how many backends that drops. */
    int accept(Tidings told) {
        int before = kept.size();
        letGo(told, k -> k.held() ? "an operator accepted it" : null);
        return before - kept.size();
    }

    /** Lets go of all, as this proxy has the service no more. */
    void abandon(Tidings told) {
        letGo(told, k -> "its service is not configured any more");
    }

    /** Says why a backend is let go; null for one that stays. */
    private interface Fate {
        @Nullable String of(KeptBackend backend);
    }

    private void letGo(Tidings told, Fate fate) {
        boolean changed = false;
        for (Iterator<KeptBackend> all = kept.values().iterator(); all.hasNext(); ) {
            KeptBackend backend = all.next();
            String cause = fate.of(backend);
            if (cause != null) {
                all.remove();
                changed = true;
                told.add(service, backend.registration().id(), Change.DROPPED, cause);
            }
        }
        if (changed) {
            settled(told);
        }
    }

    /** Ends the brake if it holds nothing any more; then departures are counted anew. */
    private void settled(Tidings told) {
        List<Roster.Kept> now = kept.values().stream().map(KeptBackend::entry).toList();
        entries = entries.equals(now) ? entries : now;
        if (brake != null && kept.values().stream().noneMatch(KeptBackend::held)) {
            brake = null;
            departures.clear();
            told.add(service, Change.BRAKE_RELEASED, "it holds none any more");
        }
    }

    /** For the operator; empty while no brake is engaged. */
    Optional<EvidenceStatus.Brake> brakeStatus() {
        Brake engaged = brake;
        if (engaged == null) {
            return Optional.empty();
        }
        List<KeptBackend> held =
                kept.values().stream().filter(KeptBackend::held).toList();
        Duration left = held.stream()
                .map(KeptBackend::left)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        return Optional.of(new EvidenceStatus.Brake(
                service, held.size(), registered.size(), engaged.since().time(), engaged.cause(), left));
    }

    /** Adds each of the kept, by its name, for the operator; returns how many of them are on probation. */
    int addStatus(Map<String, EvidenceStatus.Kept> all, boolean connected) {
        int probation = 0;
        for (KeptBackend backend : kept.values()) {
            all.put(backend.name(), backend.status(connected));
            probation += backend.held() ? 0 : 1;
        }
        return probation;
    }

    private Testimony testimony(Registration r) {
        return witness.of(new LiveBackend.Key(r.service(), r.id(), r.host(), r.port()));
    }

    private static String address(Registration r) {
        return r.host() + ":" + r.port();
    }
}
