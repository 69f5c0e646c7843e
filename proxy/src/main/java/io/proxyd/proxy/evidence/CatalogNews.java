package io.proxyd.proxy.evidence;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Quarantined;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a catalog brings that concerns no single service: its history and its quarantine. Control thread. */
final class CatalogNews {
    /** Of a newly quarantined lot, so many are named. */
    private static final int NAMED = 20;

    private final Journal journal;

    CatalogNews(Journal journal) {
        this.journal = journal;
    }

    static boolean historyBroke(Catalog before, Catalog next) {
        return next.lineage().breaks() > before.lineage().breaks();
    }

    /** Writes down how the next catalog differs in this. */
    void tell(Catalog before, Catalog next) {
        if (historyBroke(before, next)) {
            journal.add(null, null, Change.HISTORY_BROKE, next.lineage().doubt());
        }
        if (before.lineage().remembered() && !next.lineage().remembered()) {
            String with = Words.count(next.registrations().size(), "registration") + " of revision " + next.revision();
            journal.add(null, null, Change.SNAPSHOT_REPLACED, "the registry answers, with " + with);
        }
        if (!before.quarantined().equals(next.quarantined())) {
            tellQuarantine(before.quarantined(), next.quarantined());
        }
    }

    private void tellQuarantine(List<Quarantined> before, List<Quarantined> next) {
        Set<Quarantined> known = new HashSet<>(before);
        Set<String> still = new HashSet<>();
        next.forEach(refused -> still.add(refused.key()));
        add(
                Change.QUARANTINED,
                next.stream()
                        .filter(refused -> !known.contains(refused))
                        .map(refused -> refused.key() + ": " + refused.reason())
                        .toList());
        add(
                Change.QUARANTINE_ENDED,
                before.stream()
                        .map(Quarantined::key)
                        .filter(key -> !still.contains(key))
                        .toList());
    }

    private void add(Change change, List<String> texts) {
        texts.stream().limit(NAMED).forEach(text -> journal.add(null, null, change, text));
        if (texts.size() > NAMED) {
            journal.add(null, null, change, (texts.size() - NAMED) + " more registrations");
        }
    }
}
