package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.Sources;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** POST {@code /api/v1/registry/accept}: what the registry says about removals counts, whatever the brake thinks. */
final class AcceptAction implements Action {
    private final Sources sources;
    private final Operations operations;
    private final Json json;

    private record Wish(@Nullable String service) {}

    /** @param removed how many backends were removed */
    private record Done(int removed) {}

    AcceptAction(Sources sources, Operations operations, Json json) {
        this.sources = sources;
        this.operations = operations;
        this.json = json;
    }

    @Override
    public CompletionStage<Answer> act(Order order) {
        Wish wish = json.read(order.body(), Wish.class);
        RoutingTable table = sources.table().get();
        String service = wish.service();
        if (service != null && (table == null || !table.services().containsKey(service))) {
            throw new BadOrder("service " + service + " is not configured");
        }
        return operations
                .accept()
                .apply(service)
                .thenApply(removed -> json.answer(HttpResponseStatus.OK, new Done(removed), order.allocator()));
    }
}
