package io.proxyd.ctl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code proxyctl registry} prints. */
final class RegistryText {
    private RegistryText() {}

    /** @param answer of {@code /api/v1/registry} */
    static String print(JsonObject answer, boolean colours) {
        StringBuilder text = new StringBuilder();
        String kind = answer.text("kind", "?");
        if (kind.equals("none")) {
            return "no registry is configured: backends are those of the configuration\n";
        }
        String error = answer.text("error", "unknown");
        line("registry", kind, text);
        line(
                "connected",
                answer.flag("connected")
                        ? Style.GOOD.paint("yes", colours)
                        : Style.BAD.paint("no: " + Table.cell(error).text(), colours),
                text);
        line("revision", String.valueOf(answer.number("revision")), text);
        line("source", source(answer.text("source", "?"), colours), text);
        line("confirmed", confirmed(answer), text);
        line("relists", relists(answer.object("relists")), text);
        line("audits", audits(answer), text);
        @Nullable Double propagation = answer.decimal("propagation_ms");
        if (propagation != null) {
            line("propagation", Quantities.latency(propagation) + " for the last canary", text);
        }
        if (answer.number("history_breaks") > 0) {
            String broke = answer.number("history_breaks") + ", the last one: "
                    + Table.cell(answer.text("doubt", "?")).text();
            line("history breaks", Style.BAD.paint(broke, colours), text);
        }
        line("registrations", String.valueOf(answer.number("registrations")), text);
        List<JsonObject> quarantined = answer.objects("quarantined");
        line("quarantined", String.valueOf(quarantined.size()), text);
        DoubtText.print(answer, text, colours);
        quarantined(quarantined, text, colours);
        notConfigured(answer.objects("not_configured"), text, colours);
        return text.toString();
    }

    private static void line(String name, String value, StringBuilder text) {
        text.append(name).append(" ".repeat(15 - name.length())).append(value).append('\n');
    }

    private static String source(String source, boolean colours) {
        return source.equals("snapshot")
                ? Style.WARNING.paint("snapshot, as the registry has not answered since the start", colours)
                : source;
    }

    /** How often, with the causes that there were. */
    private static String relists(JsonObject byCause) {
        long total = 0;
        List<String> causes = new ArrayList<>();
        for (String cause : byCause.names()) {
            long count = byCause.number(cause);
            total += count;
            if (count > 0) {
                causes.add(cause + " " + count);
            }
        }
        return total + (causes.isEmpty() ? "" : " (" + String.join(", ", causes) + ")");
    }

    private static String audits(JsonObject answer) {
        long audits = answer.number("audits");
        if (audits == 0) {
            return "none yet";
        }
        return audits + ", the last at " + answer.text("audited", "?") + "; keys healed: " + answer.number("drifted");
    }

    private static String confirmed(JsonObject answer) {
        @Nullable Double seconds = answer.decimal("age_seconds");
        if (seconds == null) {
            return "never";
        }
        String age = Quantities.age(Duration.ofMillis(Math.round(seconds * 1000)));
        return age + " ago (" + answer.text("confirmed", "?") + ")";
    }

    private static void quarantined(List<JsonObject> quarantined, StringBuilder text, boolean colours) {
        if (quarantined.isEmpty()) {
            return;
        }
        Table table = new Table().left("QUARANTINED").left("REASON");
        quarantined.forEach(registration -> table.add(
                List.of(Table.cell(registration.text("key", "?")), Table.cell(registration.text("reason", "?")))));
        text.append('\n').append(table.print(colours));
    }

    private static void notConfigured(List<JsonObject> services, StringBuilder text, boolean colours) {
        if (services.isEmpty()) {
            return;
        }
        Table table = new Table().left("NOT CONFIGURED").right("REGISTRATIONS");
        services.forEach(service -> table.add(
                List.of(Table.cell(service.text("service", "?")), Table.cell(service.number("registrations")))));
        text.append('\n').append(table.print(colours));
    }
}
