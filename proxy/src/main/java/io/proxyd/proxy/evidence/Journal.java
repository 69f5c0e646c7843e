package io.proxyd.proxy.evidence;

import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest transitions of all services: {@value #TOTAL} at most, and of them {@value #PER_SERVICE} of one service, so that a
 * restless one does not push out the others. Any thread; a lock is held for as long as it takes to append, some 100 ns, and
 * event loops come here only when they eject a backend or find it back.
 */
public final class Journal implements BackendEvents {
    static final int TOTAL = 2000;
    static final int PER_SERVICE = 500;

    private final InstantSource clock;
    /** By number, oldest first. Guarded by this. */
    private final Map<Long, Entry> entries = new LinkedHashMap<>();
    /** The numbers of each service's entries, oldest first. Guarded by this. */
    private final Map<String, Deque<Long>> numbers = new HashMap<>();

    private long next;
    private volatile long revision;

    /**
     * One transition.
     *
     * @param service null if it concerns the registry as a whole
     * @param backend its id; null if it concerns more than one
     * @param cause in words for the operator
     * @param revision of the newest catalog at that time
     */
    public record Entry(
            Instant time,
            @Nullable String service,
            @Nullable String backend,
            Change change,
            String cause,
            long revision) {}

    public Journal(InstantSource clock) {
        this.clock = clock;
    }

    /** Says which revision further entries belong to. */
    void revision(long newest) {
        revision = newest;
    }

    /** Appends an entry of this moment. */
    public void add(@Nullable String service, @Nullable String backend, Change change, String cause) {
        Entry entry = new Entry(clock.instant(), service, backend, change, cause, revision);
        String owner = service == null ? "" : service;
        synchronized (this) {
            Deque<Long> own = numbers.computeIfAbsent(owner, s -> new ArrayDeque<>());
            if (own.size() == PER_SERVICE) {
                entries.remove(own.remove());
            }
            own.add(next);
            entries.put(next++, entry);
            if (entries.size() > TOTAL) {
                dropOldest();
            }
        }
    }

    private void dropOldest() {
        Iterator<Entry> oldest = entries.values().iterator();
        String service = oldest.next().service();
        oldest.remove();
        String owner = service == null ? "" : service;
        Deque<Long> own = Objects.requireNonNull(numbers.get(owner));
        own.remove();
        if (own.isEmpty()) {
            numbers.remove(owner);
        }
    }

    /**
     * The newest entries, oldest first.
     *
     * @param service whose entries and those of the registry as a whole are wanted; null for those of all
     * @param last how many at most
     */
    public List<Entry> newest(@Nullable String service, int last) {
        List<Entry> all;
        synchronized (this) {
            all = new ArrayList<>(entries.values());
        }
        List<Entry> wanted = service == null
                ? all
                : all.stream()
                        .filter(e -> e.service() == null || e.service().equals(service))
                        .toList();
        return List.copyOf(wanted.subList(Math.max(0, wanted.size() - last), wanted.size()));
    }

    /** Whether there is any entry of this service. */
    public synchronized boolean tellsOf(String service) {
        return numbers.containsKey(service);
    }

    @Override
    public void healthChanged(LiveBackend backend, HealthVerdict verdict) {
        switch (verdict.health()) {
            case FAILING -> add(backend, Change.UNHEALTHY, verdict.reason());
            case PASSING -> add(backend, Change.HEALTHY, verdict.reason());
            case UNCHECKED, NOT_CHECKED -> {} // that follows from the configuration
        }
    }

    @Override
    public void ejected(LiveBackend backend) {
        add(
                backend,
                Change.EJECTED,
                backend.ejection().evidence() + "; out until "
                        + backend.ejection().ended());
    }

    @Override
    public void ejectionRefused(LiveBackend backend) {
        add(backend, Change.EJECTION_REFUSED, "too many backends of the service are out, or none would be left");
    }

    @Override
    public void restored(LiveBackend backend, String cause) {
        add(backend, Change.RESTORED, cause);
    }

    @Override
    public void drainingChanged(LiveBackend backend, boolean draining) {
        add(backend, draining ? Change.DRAINING : Change.DRAINING_ENDED, "its health check says so");
    }

    private void add(LiveBackend backend, Change change, String cause) {
        add(backend.key().service(), backend.key().id(), change, cause);
    }
}
