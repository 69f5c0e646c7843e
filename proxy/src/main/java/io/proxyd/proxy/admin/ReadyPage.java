package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** {@code /ready}: whether requests are welcome, and what that takes. A registry that is away does not make it unready. */
final class ReadyPage implements Page {
    private final Sources sources;
    private final Json json;

    private record Body(boolean ready, boolean routingTable, boolean listenersOpen, Registry registry) {}

    private record Registry(
            String kind,
            boolean connected,
            long revision,
            @Nullable Instant confirmed,
            @Nullable Double ageSeconds,
            @Nullable String error) {}

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
                status.error());
        boolean routingTable = sources.table().get() != null;
        boolean listenersOpen = sources.listening().getAsBoolean();
        boolean ready = routingTable && listenersOpen;
        return json.answer(
                ready ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                new Body(ready, routingTable, listenersOpen, registry),
                query.allocator());
    }
}
