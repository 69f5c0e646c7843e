package io.proxyd.ctl;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code proxyctl registry accept}. */
@Command(
        name = "accept",
        description = {
            "Carries out the removals that the brake holds: the registry is right.",
            "Concerns this proxy alone; others have brakes of their own."
        })
final class AcceptCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final Supplier<AdminClient> client;

    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only those of one service.")
    private @Nullable String service;

    AcceptCommand(Terminal terminal, Supplier<AdminClient> client) {
        this.terminal = terminal;
        this.client = client;
    }

    @Override
    public Integer call() {
        String body = service == null ? "{}" : "{\"service\": " + JsonObject.quoted(service) + "}";
        long removed =
                client.get().order("/api/v1/registry/accept", body).json().number("removed");
        terminal.print(
                removed == 0
                        ? "nothing was held\n"
                        : removed + (removed == 1 ? " backend was removed\n" : " backends were removed\n"));
        return 0;
    }
}
