package io.proxyd.ctl;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code proxyctl history}. */
@Command(
        name = "history",
        description = "Shows what happened to backends of late, oldest first, with cause and registry revision.")
final class HistoryCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SERVICE",
            description = "Only of this service, and what concerns the registry as a whole.")
    private @Nullable String service;

    @Option(names = "--last", paramLabel = "N", description = "How many at most, the newest; 100 if left out.")
    private int last = 100;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default) or json.")
    private Output output = Output.TABLE;

    HistoryCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        if (last < 1 && spec != null) {
            throw new ParameterException(spec.commandLine(), "--last " + last + ": expected at least 1");
        }
        String target = "/api/v1/history?last=" + last
                + (service == null ? "" : "&service=" + URLEncoder.encode(service, StandardCharsets.UTF_8));
        AdminClient.Reply reply = client.get().require(target);
        terminal.print(output == Output.JSON ? reply.body() : table(reply.json(), terminal.colours()));
        return 0;
    }

    private static String table(JsonObject answer, boolean colours) {
        List<JsonObject> entries = answer.objects("history");
        if (entries.isEmpty()) {
            return "nothing has happened yet\n";
        }
        Table table = new Table()
                .left("TIME")
                .right("REVISION")
                .left("SERVICE")
                .left("BACKEND")
                .left("CHANGE")
                .left("CAUSE");
        for (JsonObject entry : entries) {
            String change = entry.text("change", "?");
            table.add(List.of(
                    Table.cell(entry.text("time", "?")),
                    Table.cell(entry.number("revision")),
                    Table.cell(entry.text("service", "-")),
                    Table.cell(entry.text("backend", "-")),
                    new Table.Cell(change, style(change)),
                    Table.cell(entry.text("cause", ""))));
        }
        return table.print(colours);
    }

    private static Style style(String change) {
        return switch (change) {
            case "registered", "returned", "healthy", "restored" -> Style.GOOD;
            case "unhealthy", "ejected", "history-broke", "brake-engaged" -> Style.BAD;
            case "probation", "held", "quarantined", "snapshot-in-use" -> Style.WARNING;
            default -> Style.PLAIN;
        };
    }
}
