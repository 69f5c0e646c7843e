package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.BoardStatus;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Proxy;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/intents}: what operators want, the proxies that live, and what each of them has let go of. */
final class IntentsPage implements Page {
    private final Sources sources;
    private final IntentBoard board;
    private final Json json;

    /**
     * @param shared whether intents put here reach every proxy
     * @param why they do not
     * @param revision of the intents
     */
    private record Body(
            boolean shared, @Nullable String why, long revision, List<IntentEntry> intents, List<ProxyEntry> proxies) {}

    private record IntentEntry(
            String backend, boolean drain, @Nullable Integer weight, Instant until, String author, String reason) {}

    private record ProxyEntry(String id, boolean self, Map<String, String> about, List<LetGoEntry> letGo) {}

    private record LetGoEntry(String backend, long registrations, long intents) {}

    IntentsPage(Sources sources, IntentBoard board, Json json) {
        this.sources = sources;
        this.board = board;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        BoardStatus status = board.status();
        RoutingTable table = sources.table().get();
        RegistryView view = table == null ? RegistryView.of(Catalog.EMPTY) : table.view();
        Body body = new Body(
                status.shared(),
                status.shared() ? null : status.why(),
                view.intentsRevision(),
                view.intents().values().stream()
                        .flatMap(ofService -> ofService.values().stream())
                        .sorted(Comparator.comparing(Intent::name))
                        .map(IntentsPage::entry)
                        .toList(),
                status.proxies().stream()
                        .map(proxy -> entry(proxy, status.self()))
                        .toList());
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
    }

    private static IntentEntry entry(Intent intent) {
        return new IntentEntry(
                intent.name(),
                intent.drain(),
                intent.weight().orElse(null),
                intent.until(),
                intent.author(),
                intent.reason());
    }

    private static ProxyEntry entry(Proxy proxy, String self) {
        return new ProxyEntry(
                proxy.id(),
                proxy.id().equals(self),
                new TreeMap<>(proxy.about()),
                new TreeMap<>(proxy.letGo())
                        .entrySet().stream()
                                .map(e -> entry(e.getKey(), e.getValue()))
                                .toList());
    }

    private static LetGoEntry entry(String backend, LetGo letGo) {
        return new LetGoEntry(backend, letGo.registrations(), letGo.intents());
    }
}
