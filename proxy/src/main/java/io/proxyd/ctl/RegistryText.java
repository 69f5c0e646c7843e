package io.proxyd.ctl;

import java.time.Duration;
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
        line("confirmed", confirmed(answer), text);
        line("registrations", String.valueOf(answer.number("registrations")), text);
        quarantined(answer.objects("quarantined"), text, colours);
        notConfigured(answer.objects("not_configured"), text, colours);
        return text.toString();
    }

    private static void line(String name, String value, StringBuilder text) {
        text.append(name).append(" ".repeat(15 - name.length())).append(value).append('\n');
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
        line("quarantined", String.valueOf(quarantined.size()), text);
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
