package io.proxyd.ctl;

import java.time.Duration;
import java.util.List;

/** What {@code proxyctl registry} prints of where the registry is not followed: brakes and probations. */
final class DoubtText {
    private static final int SHOWN = 20;

    private DoubtText() {}

    /** @param answer of {@code /api/v1/registry} */
    static void print(JsonObject answer, StringBuilder text, boolean colours) {
        brakes(answer.objects("brakes"), text, colours);
        probation(answer.objects("probation"), text, colours);
    }

    private static void brakes(List<JsonObject> brakes, StringBuilder text, boolean colours) {
        if (brakes.isEmpty()) {
            return;
        }
        Table table = new Table()
                .left("BRAKE")
                .right("HELD")
                .right("REGISTERED")
                .left("SINCE")
                .left("FOR ANOTHER")
                .left("CAUSE");
        for (JsonObject brake : shown(brakes)) {
            String stopped = brake.text("until", "").isEmpty() ? " of a connected registry" : "";
            table.add(List.of(
                    Table.cell(brake.text("service", "?")),
                    Table.cell(brake.number("held")),
                    Table.cell(brake.number("registered")),
                    Table.cell(brake.text("since", "?")),
                    Table.cell(left(brake) + stopped),
                    Table.cell(brake.text("cause", ""))));
        }
        text.append('\n').append(table.print(colours));
        more(brakes, text);
        String service = brakes.size() == 1
                ? " " + Table.cell(brakes.get(0).text("service", "?")).text()
                : "";
        String advice = "They are served while their health checks pass. If they are meant to go:"
                + " proxyctl registry accept" + service;
        text.append(Style.WARNING.paint(advice, colours)).append('\n');
    }

    private static void probation(List<JsonObject> probation, StringBuilder text, boolean colours) {
        if (probation.isEmpty()) {
            return;
        }
        Table table =
                new Table().left("PROBATION").left("BACKEND").left("SINCE").left("FOR ANOTHER");
        for (JsonObject backend : shown(probation)) {
            table.add(List.of(
                    Table.cell(backend.text("service", "?")),
                    Table.cell(backend.text("id", "?")),
                    Table.cell(backend.text("since", "?")),
                    Table.cell(left(backend))));
        }
        text.append('\n').append(table.print(colours));
        more(probation, text);
    }

    private static List<JsonObject> shown(List<JsonObject> all) {
        return all.subList(0, Math.min(SHOWN, all.size()));
    }

    private static void more(List<JsonObject> all, StringBuilder text) {
        if (all.size() > SHOWN) {
            text.append("and ").append(all.size() - SHOWN).append(" more; -o json has all\n");
        }
    }

    private static String left(JsonObject object) {
        Double seconds = object.decimal("left_seconds");
        return Quantities.age(Duration.ofSeconds(seconds == null ? 0 : Math.round(seconds)));
    }
}
