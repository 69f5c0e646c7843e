package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Source;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/registry}: how well the registry is known, where it is not followed, what in it is wrong and what nobody asked for. */
final class RegistryPage implements Page {
    private final Sources sources;
    private final Json json;

    private record Body(
            String kind,
            boolean connected,
            long revision,
            @Nullable Instant confirmed,
            @Nullable Double ageSeconds,
            @Nullable String error,
            String source,
            int historyBreaks,
            @Nullable String doubt,
            Map<String, Long> relists,
            long audits,
            @Nullable Instant audited,
            long drifted,
            @Nullable Double propagationMs,
            int registrations,
            List<BrakeEntry> brakes,
            List<ProbationEntry> probation,
            List<Quarantined> quarantined,
            List<NotConfigured> notConfigured) {}

    /**
     * A brake that is engaged.
     *
     * @param leftSeconds until it lets the last one go, counted while the registry is connected
     * @param until when that is if the registry stays connected; null while it is not
     */
    private record BrakeEntry(
            String service,
            int held,
            int registered,
            Instant since,
            String cause,
            double leftSeconds,
            @Nullable Instant until) {}

    private record ProbationEntry(String service, String id, Instant since, double leftSeconds, Instant until) {}

    /** A service that has registrations but is not in the configuration. */
    private record NotConfigured(String service, int registrations) {}

    RegistryPage(Sources sources, Json json) {
        this.sources = sources;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        RegistryStatus status = sources.registry().get();
        EvidenceStatus evidence = sources.evidence().get();
        Instant now = sources.clock().instant();
        RoutingTable table = sources.table().get();
        Catalog catalog = table == null ? new Catalog(0, List.of(), List.of()) : table.catalog();
        Body body = new Body(
                status.kind(),
                status.connected(),
                status.revision(),
                Json.time(status.confirmed()),
                Json.age(status.confirmed(), now),
                status.error(),
                source(status),
                catalog.lineage().breaks(),
                catalog.lineage().breaks() == 0 ? null : catalog.lineage().doubt(),
                new TreeMap<>(status.upkeep().relists()),
                status.upkeep().audits(),
                Json.time(status.upkeep().audited()),
                status.upkeep().drifted(),
                Json.millis(sources.propagation().last()),
                catalog.registrations().size(),
                brakes(evidence, status.connected() && !status.remembered(), now),
                probation(evidence, now),
                catalog.quarantined(),
                table == null ? List.of() : notConfigured(table));
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
    }

    /** Where the newest catalog comes from: the kind of the registry, or {@code snapshot} for the last known good one on disk. */
    static String source(RegistryStatus status) {
        return status.remembered() ? "snapshot" : status.kind();
    }

    private static List<BrakeEntry> brakes(EvidenceStatus evidence, boolean counting, Instant now) {
        return evidence.brakes().stream()
                .map(b -> new BrakeEntry(
                        b.service(),
                        b.held(),
                        b.listed(),
                        b.since().truncatedTo(ChronoUnit.MILLIS),
                        b.cause(),
                        seconds(b.left()),
                        counting ? until(b.left(), now) : null))
                .toList();
    }

    private static List<ProbationEntry> probation(EvidenceStatus evidence, Instant now) {
        return evidence.kept().values().stream()
                .filter(k -> k.source() == Source.PROBATION)
                .map(k -> new ProbationEntry(
                        k.service(),
                        k.id(),
                        k.since().truncatedTo(ChronoUnit.MILLIS),
                        seconds(k.left()),
                        until(k.left(), now)))
                .toList();
    }

    private static double seconds(Duration duration) {
        return Json.rounded(duration.toMillis() / 1e3);
    }

    private static Instant until(Duration left, Instant now) {
        return now.plus(left).truncatedTo(ChronoUnit.MILLIS);
    }

    private static List<NotConfigured> notConfigured(RoutingTable table) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Registration registration : table.catalog().registrations()) {
            if (!table.services().containsKey(registration.service())) {
                counts.merge(registration.service(), 1, Integer::sum);
            }
        }
        return counts.entrySet().stream()
                .map(e -> new NotConfigured(e.getKey(), e.getValue()))
                .toList();
    }
}
