package io.proxyd.proxy.evidence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one catalog or one look at the clock brought about, for journal and log. Where more than {@value #SINGLY} backends of a
 * service share a fate they are told of together, so that a burst does not push everything else out. Control thread.
 */
final class Tidings {
    private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
    private static final int SINGLY = 20;
    private static final int NAMED = 5;

    private final Map<Fate, List<String>> ids = new LinkedHashMap<>();

    private record Fate(String service, Change change, String cause) {}

    void add(String service, String id, Change change, String cause) {
        ids.computeIfAbsent(new Fate(service, change, cause), f -> new ArrayList<>())
                .add(id);
    }

    /** What concerns the service as a whole. */
    void add(String service, Change change, String cause) {
        ids.putIfAbsent(new Fate(service, change, cause), List.of());
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }

    /** Writes it all down, in the order in which it came. */
    void tell(Journal journal) {
        ids.forEach((fate, backends) -> {
            if (backends.isEmpty()) {
                journal.add(fate.service(), null, fate.change(), fate.cause());
                log(fate, fate.service());
                return;
            }
            if (backends.size() <= SINGLY) {
                backends.forEach(id -> {
                    journal.add(fate.service(), id, fate.change(), fate.cause());
                    log(fate, fate.service() + "/" + id);
                });
                return;
            }
            String several = backends.size() + " backends (" + String.join(", ", backends.subList(0, NAMED)) + ", …)";
            journal.add(fate.service(), null, fate.change(), several + ": " + fate.cause());
            log(fate, fate.service() + ", " + several);
        });
    }

    /** Registrations that come and change are everyday; what departs from the registry's word, or ends that, is not. */
    private static void log(Fate fate, String who) {
        switch (fate.change()) {
            case PROBATION, HELD, RETURNED, DROPPED, MOVED, BRAKE_RELEASED ->
                LOG.info("{}: {}: {}", who, fate.change().label(), fate.cause());
            default -> LOG.debug("{}: {}: {}", who, fate.change().label(), fate.cause());
        }
    }
}
