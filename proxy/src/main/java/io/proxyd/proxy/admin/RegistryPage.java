package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/registry}: how well the registry is known, what in it is wrong and what nobody asked for. */
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
            int registrations,
            List<Quarantined> quarantined,
            List<NotConfigured> notConfigured) {}

    /** A service that has registrations but is not in the configuration. */
    private record NotConfigured(String service, int registrations) {}

    RegistryPage(Sources sources, Json json) {
        this.sources = sources;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        RegistryStatus status = sources.registry().get();
        RoutingTable table = sources.table().get();
        Catalog catalog = table == null ? new Catalog(0, List.of(), List.of()) : table.catalog();
        Body body = new Body(
                status.kind(),
                status.connected(),
                status.revision(),
                Json.time(status.confirmed()),
                Json.age(status.confirmed(), sources.clock().instant()),
                status.error(),
                catalog.registrations().size(),
                catalog.quarantined(),
                table == null ? List.of() : notConfigured(table));
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
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
