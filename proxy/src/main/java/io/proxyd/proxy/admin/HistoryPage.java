package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/history}: what happened to services and backends of late, oldest first; {@code ?service=NAME} for one service
 * and what concerns all, {@code ?last=N} for the newest.
 */
final class HistoryPage implements Page {
    private static final int DEFAULT_LAST = 100;

    private final Sources sources;
    private final Json json;

    private record Body(Instant time, List<HistoryEntry> history) {}

    /**
     * @param service null if it concerns the registry as a whole
     * @param backend null if it concerns more than one
     */
    private record HistoryEntry(
            Instant time,
            @Nullable String service,
            @Nullable String backend,
            String change,
            String cause,
            long revision) {}

    HistoryPage(Sources sources, Json json) {
        this.sources = sources;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        String text = query.parameter("last");
        int last = text == null ? DEFAULT_LAST : wholeNumber(text);
        if (last < 1) {
            String problem = "last is " + text + ", expected a whole number from 1";
            return json.error(HttpResponseStatus.BAD_REQUEST, problem, query.allocator());
        }
        String service = query.parameter("service");
        if (service != null && unknown(service)) {
            String problem = "service " + service + " is not configured, and nothing is known of it";
            return json.error(HttpResponseStatus.NOT_FOUND, problem, query.allocator());
        }
        Body body = new Body(
                sources.clock().instant().truncatedTo(ChronoUnit.MILLIS),
                sources.journal().newest(service, last).stream()
                        .map(HistoryPage::entry)
                        .toList());
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
    }

    /** The journal may still tell of a service that is no longer configured. */
    private boolean unknown(String service) {
        RoutingTable table = sources.table().get();
        return table != null
                && !table.services().containsKey(service)
                && !sources.journal().tellsOf(service);
    }

    private static HistoryEntry entry(Journal.Entry entry) {
        return new HistoryEntry(
                entry.time().truncatedTo(ChronoUnit.MILLIS),
                entry.service(),
                entry.backend(),
                entry.change().label(),
                entry.cause(),
                entry.revision());
    }

    /** At least 0 for a whole number, else less. */
    private static int wholeNumber(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }
}
