package io.proxyd.ctl;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code proxyctl weight}. */
@Command(
        name = "weight",
        description = "Gives a backend another weight than the registered one, at every proxy, until the time is over.")
final class WeightCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Parameters(index = "0", paramLabel = "SERVICE/BACKEND", description = "Such as guestbook/guestbook-1.")
    private String backend = "";

    @Parameters(index = "1", paramLabel = "WEIGHT", description = "0 to 1000; 0 takes no new requests, 100 is usual.")
    private int weight;

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = DurationOption.class,
            description = "How long, such as 30m; default: ${DEFAULT-VALUE}.")
    private Duration life = Duration.ofHours(1);

    @Option(names = "--reason", paramLabel = "WORDS", description = "Shown to whoever wonders.")
    private String reason = "";

    WeightCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        IntentOrder.Done done = IntentOrder.send(
                client.get(), "weight", backend, weight, life, Author.of(terminal.environment()), reason);
        terminal.print(
                done.backend() + " has weight " + weight + " until " + done.until() + ", " + done.reach() + "\n");
        return 0;
    }
}
