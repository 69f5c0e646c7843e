package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.exchange.Traces;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.Sources;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * {@code /api/v1/explain}: where a request would go and why with {@code ?host=HOST&path=PATH&method=METHOD}, what became of one
 * with {@code ?id=REQUEST-ID}.
 */
final class ExplainPage implements Lookup {
    private static final long PATIENCE_SECONDS = 2;

    private final Sources sources;
    private final Function<String, CompletionStage<Optional<TracedExchange>>> traces;
    private final RequestExplanation requests;
    private final Json json;

    ExplainPage(Sources sources, Operations operations, Json json) {
        this.sources = sources;
        this.traces = operations.trace();
        this.requests = new RequestExplanation(sources);
        this.json = json;
    }

    @Override
    public CompletionStage<Answer> answer(Page.Query query, Executor adminLoop) {
        String id = query.parameter("id");
        if (id == null) {
            return CompletableFuture.completedFuture(supposed(query));
        }
        if (query.parameter("host") != null || query.parameter("path") != null) {
            throw new IllegalArgumentException("expected either id, or host and path");
        }
        return traces.apply(id)
                .toCompletableFuture()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .thenApplyAsync(found -> remembered(id, found, query), adminLoop)
                .exceptionallyAsync(failure -> notTold(query), adminLoop);
    }

    private Answer supposed(Page.Query query) {
        String host = query.parameter("host");
        String path = query.parameter("path");
        String method = query.parameter("method");
        if (host == null) {
            throw new IllegalArgumentException("host is missing, expected host and path, or id");
        }
        RoutingTable table = sources.table().get();
        if (table == null) {
            String problem = "there is no routing table yet; /ready says why";
            return json.error(HttpResponseStatus.SERVICE_UNAVAILABLE, problem, query.allocator());
        }
        RequestExplanation.Body body =
                requests.of(table, method == null ? "GET" : method, host, path == null ? "/" : path);
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
    }

    private Answer notTold(Page.Query query) {
        String problem = "the event loops did not tell within " + PATIENCE_SECONDS + " s what they remember";
        return json.error(HttpResponseStatus.SERVICE_UNAVAILABLE, problem, query.allocator());
    }

    private Answer remembered(String id, Optional<TracedExchange> found, Page.Query query) {
        return found.map(exchange ->
                        json.answer(HttpResponseStatus.OK, TraceExplanation.of(exchange), query.allocator()))
                .orElseGet(() -> json.error(HttpResponseStatus.NOT_FOUND, unknown(id), query.allocator()));
    }

    private String unknown(String id) {
        return "request " + id + " is not known here; each of "
                + sources.loops().size()
                + " event loops keeps its last " + Traces.KEPT + " requests, and its last " + Traces.KEPT
                + " that failed, took several attempts or more than a second";
    }
}
