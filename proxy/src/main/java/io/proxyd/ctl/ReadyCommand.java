package io.proxyd.ctl;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;

/** {@code proxyctl ready}: exits with 0 if proxyd serves requests, else with 1. */
@Command(
        name = "ready",
        description = "Tells whether proxyd serves requests, and why not; exits with 1 if it does not.")
final class ReadyCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    ReadyCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        JsonObject answer = client.get().get("/ready").json();
        boolean ready = answer.flag("ready");
        List<String> remarks = new ArrayList<>();
        if (!answer.flag("routing_table")) {
            remarks.add("there is no routing table yet");
        }
        if (!answer.flag("listeners_open")) {
            remarks.add("the listeners are not open");
        }
        JsonObject registry = answer.object("registry");
        if (!registry.flag("connected") && !registry.text("kind", "none").equals("none")) {
            remarks.add("the registry is not connected: "
                    + Table.cell(registry.text("error", "no reason is known")).text());
        }
        if (registry.text("source", "?").equals("snapshot")) {
            remarks.add("serving from the last known good catalog");
        }
        List<String> brakes = registry.texts("brakes");
        if (!brakes.isEmpty()) {
            remarks.add("the brake holds backends of "
                    + Table.cell(String.join(", ", brakes)).text());
        }
        String word = ready
                ? Style.GOOD.paint("ready", terminal.colours())
                : Style.BAD.paint("not ready", terminal.colours());
        terminal.print(word + (remarks.isEmpty() ? "" : ": " + String.join("; ", remarks)) + "\n");
        return ready ? 0 : 1;
    }
}
