package io.proxyd.proxy.evidence;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Intents;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the operators want at the moment: the intents that were posted last, without those whose time is over. Control thread. */
public final class IntentsInForce {
    private final Journal journal;
    private Intents posted = Intents.NONE;
    private Map<String, Intent> inForce = Map.of();
    private Map<String, Map<String, Intent>> byService = Map.of();

    /** @param journal is told when an intent begins and ends */
    public IntentsInForce(Journal journal) {
        this.journal = journal;
    }

    /** Takes all intents there are; returns whether that changes what is in force, or the revision by which it is. */
    public boolean take(Intents intents, Instant now) {
        boolean later = intents.revision() != posted.revision();
        posted = intents;
        return refresh(now) || later;
    }

    /** Ends those whose time is over; returns whether there were any. */
    public boolean refresh(Instant now) {
        Map<String, Intent> next = posted.inForce(now);
        if (next.equals(inForce)) {
            return false;
        }
        tell(next, now);
        inForce = next;
        byService = grouped(next);
        return true;
    }

    private void tell(Map<String, Intent> next, Instant now) {
        inForce.forEach((name, intent) -> {
            if (!next.containsKey(name)) {
                String how = intent.until().isAfter(now) ? "it was withdrawn" : "its time is over";
                journal.add(
                        intent.service(), intent.id(), Change.INTENT_ENDED, how + "; it was " + Words.of(intent, now));
            }
        });
        next.forEach((name, intent) -> {
            if (!intent.equals(inForce.get(name))) {
                journal.add(intent.service(), intent.id(), Change.INTENT_SET, Words.of(intent, now));
            }
        });
    }

    private static Map<String, Map<String, Intent>> grouped(Map<String, Intent> intents) {
        Map<String, Map<String, Intent>> grouped = new HashMap<>();
        intents.values().forEach(intent -> grouped.computeIfAbsent(intent.service(), s -> new HashMap<>())
                .put(intent.id(), intent));
        return grouped;
    }

    /** By service and backend id; not changed later. */
    public Map<String, Map<String, Intent>> byService() {
        return byService;
    }

    /** Of the registry, when the intents were posted last. */
    public long revision() {
        return posted.revision();
    }

    /** Whether time matters, as any of them will end. */
    public boolean any() {
        return !inForce.isEmpty();
    }

    /** Whether an intent for the backend of this name is in force and like that. */
    public boolean matches(String name, Predicate<Intent> wanted) {
        @Nullable Intent intent = inForce.get(name);
        return intent != null && wanted.test(intent);
    }
}
