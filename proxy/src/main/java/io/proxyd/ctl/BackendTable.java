package io.proxyd.ctl;

import io.proxyd.ctl.Table.Cell;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What {@code proxyctl backends} prints: a line for each backend, then what is to be said of whole services. */
final class BackendTable {
    private BackendTable() {}

    /** @param answer of {@code /api/v1/backends} */
    static String print(JsonObject answer, boolean colours) {
        StringBuilder text = new StringBuilder();
        List<JsonObject> backends = answer.objects("backends");
        if (!backends.isEmpty()) {
            Instant now = instant(answer, "time");
            Table table = table();
            backends.forEach(backend -> table.add(row(backend, now)));
            text.append(table.print(colours));
        }
        List<JsonObject> services = answer.objects("services");
        if (services.isEmpty()) {
            text.append("no service is configured\n");
        }
        for (JsonObject service : services) {
            remark(service, text, colours);
        }
        return text.toString();
    }

    private static Table table() {
        return new Table()
                .left("SERVICE")
                .left("ID")
                .left("ADDRESS")
                .left("STATE")
                .right("WEIGHT")
                .right("IN-FLIGHT")
                .right("RPS")
                .right("ERRORS")
                .right("P50")
                .right("P99")
                .right("SINCE")
                .left("SOURCE")
                .left("REASON");
    }

    private static List<Cell> row(JsonObject backend, Instant now) {
        String state = backend.text("state", "?");
        long errors = backend.number("errors");
        String errorText = Quantities.errors(errors, backend.decimal("error_rate"));
        return List.of(
                Table.cell(backend.text("service", "?")),
                Table.cell(backend.text("id", "?")),
                Table.cell(backend.text("address", "?")),
                new Cell(state, style(state)),
                Table.cell(backend.number("weight")),
                Table.cell(backend.number("in_flight")),
                Table.cell(Quantities.rate(backend.decimal("requests_per_second"))),
                new Cell(errorText, errors == 0 ? Style.PLAIN : Style.BAD),
                Table.cell(Quantities.latency(backend.decimal("p50_ms"))),
                Table.cell(Quantities.latency(backend.decimal("p99_ms"))),
                Table.cell(Quantities.age(Duration.between(instant(backend, "since"), now))),
                source(backend.text("source", "?")),
                Table.cell(backend.text("reason", "")));
    }

    private static void remark(JsonObject service, StringBuilder text, boolean colours) {
        String name = Table.cell(service.text("service", "?")).text();
        if (service.number("backends") == 0) {
            text.append("service ").append(name).append(" has no backends\n");
        }
        if (service.flag("panic")) {
            String panic = "service " + name + " is in panic: no backend is up, so health is ignored";
            text.append(Style.BAD.paint(panic, colours)).append('\n');
        }
    }

    /** What the registry does not say itself stands out. */
    private static Cell source(String source) {
        boolean own = source.equals("registry") || source.equals("config");
        return new Cell(source, own ? Style.PLAIN : Style.WARNING);
    }

    private static Style style(String state) {
        return switch (state) {
            case "up" -> Style.GOOD;
            case "unhealthy", "ejected", "unresolved" -> Style.BAD;
            default -> Style.WARNING;
        };
    }

    private static Instant instant(JsonObject object, String name) {
        return Instant.parse(object.text(name, Instant.EPOCH.toString()));
    }
}
