package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.RecentTraffic;
import io.proxyd.proxy.telemetry.Sources;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All paths of the admin interface. */
final class Pages {
    private static final String INDEX =
            """
            proxyd

            /metrics            for Prometheus
            /live               200 as long as the process answers
            /ready              200 if requests are welcome, else 503
            /api/v1/backends    services and backends; ?service=NAME for one service
            /api/v1/registry    state of the registry, where it is not followed, quarantined registrations
            /api/v1/history     what happened to backends; ?service=NAME for one service, ?last=N for the newest
            /api/v1/explain     where a request goes and why: ?host=HOST&path=PATH&method=GET; what became of one: ?id=REQUEST-ID
            /api/v1/intents     what operators want of single backends, and the proxies that live

            POST, JSON:
            /api/v1/intents           drain, weight or enable a backend
            /api/v1/registry/accept   carry out removals that the brake holds
            """;

    private final Json json = new Json();
    private final Map<String, Page> pages;
    private final Map<String, Lookup> lookups;
    private final Map<String, Action> actions;

    private record Live(boolean live) {}

    Pages(Sources sources, Operations operations, Metrics metrics, RecentTraffic recent) {
        pages = Map.of(
                "/", query -> text(INDEX, query.allocator()),
                "/live", query -> json.answer(HttpResponseStatus.OK, new Live(true), query.allocator()),
                "/ready", new ReadyPage(sources, json),
                "/metrics", new MetricsPage(metrics),
                "/api/v1/backends", new BackendsPage(sources, recent, json),
                "/api/v1/registry", new RegistryPage(sources, json),
                "/api/v1/history", new HistoryPage(sources, json),
                "/api/v1/intents", new IntentsPage(sources, operations.board(), json));
        lookups = Map.of("/api/v1/explain", new ExplainPage(sources, operations, json));
        actions = Map.of(
                "/api/v1/intents", new IntentAction(sources, operations.board(), json),
                "/api/v1/registry/accept", new AcceptAction(sources, operations, json));
    }

    /** Returns an answer with an owned body. */
    Answer answer(String path, Page.Query query) {
        Page page = pages.get(path);
        if (page == null) {
            return error(HttpResponseStatus.NOT_FOUND, "there is no " + path + "; see /", query.allocator());
        }
        return page.answer(query);
    }

    /** What answers a GET of a path a little later, or null. */
    @Nullable Lookup lookup(String path) {
        return lookups.get(path);
    }

    /** What a POST to a path does, or null. */
    @Nullable Action action(String path) {
        return actions.get(path);
    }

    Answer error(HttpResponseStatus status, String message, ByteBufAllocator allocator) {
        return json.error(status, message, allocator);
    }

    private static Answer text(String text, ByteBufAllocator allocator) {
        return new Answer(HttpResponseStatus.OK, "text/plain; charset=utf-8", ByteBufUtil.writeUtf8(allocator, text));
    }
}
