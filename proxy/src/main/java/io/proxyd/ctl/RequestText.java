package io.proxyd.ctl;

import io.proxyd.ctl.Table.Cell;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code proxyctl explain --host} prints: the route, the service, and its backends with what speaks for each. */
final class RequestText {
    private RequestText() {}

    /** @param answer of {@code /api/v1/explain} to host and path */
    static String print(JsonObject answer, boolean colours) {
        StringBuilder text = new StringBuilder();
        line("request", answer.text("method", "?") + " " + answer.text("host", "?") + answer.text("path", "?"), text);
        JsonObject route = answer.object("route");
        if (!route.names().isEmpty()) {
            String urgent = route.text("priority", "normal").equals("high") ? ", priority high" : "";
            line("route", "host " + route.text("host", "?") + ", path " + route.text("path", "?") + urgent, text);
            service(answer.object("service"), text, colours);
        }
        List<JsonObject> backends = answer.objects("backends");
        if (!backends.isEmpty()) {
            text.append('\n').append(table(backends).print(colours));
        }
        JsonObject refusal = answer.object("refusal");
        if (!refusal.names().isEmpty()) {
            String own =
                    refusal.number("status") + " " + refusal.text("failure", "?") + ": " + refusal.text("detail", "?");
            text.append("proxyd answers itself: ")
                    .append(Style.BAD.paint(plain(own), colours))
                    .append('\n');
        }
        return text.toString();
    }

    private static void service(JsonObject service, StringBuilder text, boolean colours) {
        line("service", service.text("service", "?") + ", " + service.text("algorithm", "?"), text);
        JsonObject admission = service.object("admission");
        Double limit = admission.decimal("limit");
        String most = limit == null ? "no limit" : "limit " + limit.longValue();
        line(
                "admission",
                admission.number("in_flight") + " in flight, " + admission.number("waiting") + " waiting, " + most,
                text);
        if (service.flag("panic")) {
            String panic = "too few backends are up, so health is ignored as balancing.panic says";
            text.append(label("panic")).append(Style.BAD.paint(panic, colours)).append('\n');
        }
    }

    private static Table table(List<JsonObject> backends) {
        Table table = new Table()
                .left("BACKEND")
                .left("STATE")
                .right("WEIGHT")
                .right("SHARE")
                .right("IN-FLIGHT")
                .left("CANDIDATE")
                .left("WHY");
        backends.forEach(backend -> table.add(row(backend)));
        return table;
    }

    private static List<Cell> row(JsonObject backend) {
        boolean candidate = backend.flag("candidate");
        String state = backend.text("state", "?");
        String why = candidate
                ? backend.text("score_text", "?") + "; " + backend.text("reason", "?")
                : backend.text("excluded", "?");
        return List.of(
                Table.cell(backend.text("id", "?")),
                new Cell(state, state.equals("up") ? Style.GOOD : Style.BAD),
                Table.cell(backend.number("weight")),
                Table.cell(share(backend.decimal("share"))),
                Table.cell(backend.number("in_flight")),
                new Cell(candidate ? "yes" : "no", candidate ? Style.GOOD : Style.WARNING),
                Table.cell(why));
    }

    private static String share(@Nullable Double share) {
        return String.format(Locale.ROOT, "%.1f%%", share == null ? 0 : share * 100);
    }

    /** One line with its name before it; control characters are replaced. */
    static void line(String name, String value, StringBuilder text) {
        text.append(label(name)).append(plain(value)).append('\n');
    }

    private static String label(String name) {
        return name + " ".repeat(Math.max(1, 11 - name.length()));
    }

    private static String plain(String value) {
        return Table.cell(value).text();
    }
}
