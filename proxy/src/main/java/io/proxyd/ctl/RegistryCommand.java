package io.proxyd.ctl;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code proxyctl registry}. */
@Command(
        name = "registry",
        description =
                "Shows the state of the registry, where it is not followed, and what in it could not be understood.")
final class RegistryCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default) or json.")
    private Output output = Output.TABLE;

    RegistryCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        AdminClient.Reply reply = client.get().require("/api/v1/registry");
        terminal.print(output == Output.JSON ? reply.body() : RegistryText.print(reply.json(), terminal.colours()));
        return 0;
    }
}
