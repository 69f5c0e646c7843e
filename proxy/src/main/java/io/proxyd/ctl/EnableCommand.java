package io.proxyd.ctl;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code proxyctl enable}. */
@Command(name = "enable", description = "Takes back what drain and weight said of a backend, at every proxy.")
final class EnableCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Parameters(paramLabel = "SERVICE/BACKEND", description = "Such as guestbook/guestbook-1.")
    private String backend = "";

    @Option(names = "--reason", paramLabel = "WORDS", description = "For the log.")
    private String reason = "";

    EnableCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        IntentOrder.Done done = IntentOrder.send(
                client.get(), "enable", backend, null, null, Author.of(terminal.environment()), reason);
        terminal.print(done.backend() + " is as its registration says, " + done.reach() + "\n");
        return 0;
    }
}
