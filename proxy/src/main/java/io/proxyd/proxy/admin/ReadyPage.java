package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /ready}: whether requests are welcome, and what that takes. A registry that is away, or not
 * followed, does not make it unready. */
final class ReadyPage implements Page {
    private final Sources sources;
    private final Json json;

    private record Body(boolean ready, boolean routingTable, boolean listenersOpen, Registry registry) {}

    /**
     * @param source of the newest catalog: the kind of the registry, or {@code snapshot} for the last known good one
     * @param brakes the services of which the brake holds backends
     */
    private record Registry(
            String kind,
            boolean connected,
            long revision,
            @Nullable Instant confirmed,
            @Nullable Double ageSeconds,
            @Nullable String error,
            String source,
            List<String> brakes) {}

    ReadyPage(Sources sources, Json json) {
        this.sources = sources;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        RegistryStatus status = sources.registry().get();
        Registry registry = new Registry(
                status.kind(),
                status.connected(),
                status.revision(),
                Json.time(status.confirmed()),
                Json.age(status.confirmed(), sources.clock().instant()),
                status.error(),
                RegistryPage.source(status),
                sources.evidence().get().brakes().stream()
                        .map(EvidenceStatus.Brake::service)
                        .toList());
        boolean routingTable = sources.table().get() != null;
        boolean listenersOpen = sources.listening().getAsBoolean();
        boolean ready = routingTable && listenersOpen;
        return json.answer(
                ready ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                new Body(ready, routingTable, listenersOpen, registry),
                query.allocator());
    }
}
