package io.proxyd.ctl;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code proxyctl backends}. */
@Command(
        name = "backends",
        description = "Lists the backends with their state, load and latency; rates are of the last minute.")
final class BackendsCommand implements Callable<Integer> {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    private final Terminal terminal;
    private final Supplier<AdminClient> client;
    private final Pause pause;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--service", paramLabel = "S", description = "Only the backends of this service.")
    private @Nullable String service;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default) or json.")
    private Output output = Output.TABLE;

    @Option(
            names = {"-w", "--watch"},
            arity = "0..1",
            fallbackValue = "2",
            paramLabel = "SECONDS",
            description = "Show it again every so many seconds (2), until Ctrl-C.")
    private @Nullable Integer watchSeconds;

    BackendsCommand(Terminal terminal, Supplier<AdminClient> client, Pause pause) {
        this.terminal = terminal;
        this.client = client;
        this.pause = pause;
    }

    @Override
    public Integer call() {
        AdminClient admin = client.get();
        if (watchSeconds == null) {
            terminal.print(answer(admin));
            return 0;
        }
        if (watchSeconds < 1 && spec != null) {
            throw new ParameterException(
                    spec.commandLine(), "--watch " + watchSeconds + ": expected at least 1 second");
        }
        return watch(admin, Duration.ofSeconds(watchSeconds));
    }

    private int watch(AdminClient admin, Duration interval) {
        while (true) {
            String frame;
            try {
                frame = answer(admin);
            } catch (CtlException e) {
                frame = "proxyctl: " + e.getMessage() + "\n"; // it may come back
            }
            terminal.print((terminal.interactive() ? CLEAR_SCREEN : "") + frame);
            try {
                pause.millis(interval.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
        }
    }

    private String answer(AdminClient admin) {
        String target = service == null
                ? "/api/v1/backends"
                : "/api/v1/backends?service=" + URLEncoder.encode(service, StandardCharsets.UTF_8);
        AdminClient.Reply reply = admin.require(target);
        return output == Output.JSON ? reply.body() : BackendTable.print(reply.json(), terminal.colours());
    }
}
