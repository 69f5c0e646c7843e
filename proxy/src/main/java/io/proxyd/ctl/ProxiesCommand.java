package io.proxyd.ctl;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code proxyctl proxies}. */
@Command(
        name = "proxies",
        description = "Lists the proxies that share the registry, what operators want, and who has let go of what.")
final class ProxiesCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default) or json.")
    private Output output = Output.TABLE;

    ProxiesCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        AdminClient.Reply reply = client.get().require(IntentOrder.PATH);
        terminal.print(output == Output.JSON ? reply.body() : print(reply.json(), terminal.colours()));
        return 0;
    }

    private static String print(JsonObject board, boolean colours) {
        StringBuilder text = new StringBuilder(proxies(board).print(colours));
        List<JsonObject> intents = board.objects("intents");
        if (!intents.isEmpty()) {
            text.append('\n').append(intents(intents).print(colours));
        }
        if (!board.flag("shared")) {
            text.append("\nintents are local to this proxy: ")
                    .append(board.text("why", "?"))
                    .append('\n');
        }
        return text.toString();
    }

    private static Table proxies(JsonObject board) {
        Table table = new Table()
                .left("PROXY")
                .left("HOST")
                .right("PID")
                .left("VERSION")
                .left("STARTED")
                .left("HAS LET GO OF");
        for (JsonObject proxy : board.objects("proxies")) {
            JsonObject about = proxy.object("about");
            String letGo = proxy.objects("let_go").stream()
                    .map(ack -> ack.text("backend", "?"))
                    .collect(Collectors.joining(", "));
            table.add(List.of(
                    Table.cell(proxy.text("id", "?") + (proxy.flag("self") ? " (asked)" : "")),
                    Table.cell(about.text("host", "?")),
                    Table.cell(about.text("pid", "?")),
                    Table.cell(about.text("version", "?")),
                    Table.cell(about.text("started", "?")),
                    Table.cell(letGo.isEmpty() ? "-" : letGo)));
        }
        return table;
    }

    private static Table intents(List<JsonObject> intents) {
        Table table = new Table()
                .left("BACKEND")
                .left("DRAINED")
                .right("WEIGHT")
                .left("UNTIL")
                .left("BY")
                .left("REASON");
        for (JsonObject intent : intents) {
            Double weight = intent.decimal("weight");
            table.add(List.of(
                    Table.cell(intent.text("backend", "?")),
                    Table.cell(intent.flag("drain") ? "yes" : "-"),
                    Table.cell(weight == null ? "-" : String.valueOf(weight.intValue())),
                    Table.cell(intent.text("until", "?")),
                    Table.cell(intent.text("author", "?")),
                    Table.cell(intent.text("reason", ""))));
        }
        return table;
    }
}
