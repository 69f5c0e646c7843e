package io.proxyd.ctl;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code proxyctl enable}. */
@Command(
        name = "enable",
        description =
                "Takes back what drain and weight said of a backend, at every proxy. What its registration says stays.")
final class EnableCommand implements Callable<Integer> {
    private static final int STILL_WAITING = 1;

    private final Terminal terminal;
    private final Supplier<AdminClient> client;
    private final Pause pause;

    @Parameters(paramLabel = "SERVICE/BACKEND", description = "Such as guestbook/guestbook-1.")
    private String backend = "";

    @Option(names = "--reason", paramLabel = "WORDS", description = "For the log.")
    private String reason = "";

    @Option(
            names = "--wait",
            description =
                    "Wait for the backend to be registered again, as after a restart, and return when it is up at the"
                            + " proxy that is asked: its health check passed.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationOption.class,
            description = "How long to wait at most; default: ${DEFAULT-VALUE}. Exit status 1 if that was too short.")
    private Duration timeout = Duration.ofSeconds(30);

    EnableCommand(Terminal terminal, Supplier<AdminClient> client, Pause pause) {
        this.terminal = terminal;
        this.client = client;
        this.pause = pause;
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminClient admin = client.get();
        if (wait && !pause.until(() -> !find(admin).text("state", "").isEmpty(), timeout)) {
            terminal.err().println("proxyctl: " + backend + " was not registered within " + timeout.toSeconds() + " s");
        }
        IntentOrder.Done done =
                IntentOrder.send(admin, "enable", backend, null, null, Author.of(terminal.environment()), reason);
        terminal.print(done.backend() + " is as its registration says, " + done.reach() + "\n");
        return wait ? await(admin) : 0;
    }

    private int await(AdminClient admin) throws InterruptedException {
        if (pause.until(() -> find(admin).text("state", "").equals("up"), timeout)) {
            terminal.print(backend + " is up\n");
            return 0;
        }
        JsonObject seen = find(admin);
        terminal.err()
                .println("proxyctl: " + backend + " is " + seen.text("state", "not there") + ", not up: "
                        + seen.text("reason", "it is not registered"));
        return STILL_WAITING;
    }

    private JsonObject find(AdminClient admin) {
        return admin.require("/api/v1/backends").json().objects("backends").stream()
                .filter(entry -> backend.equals(entry.text("service", "") + "/" + entry.text("id", "")))
                .findFirst()
                .orElseGet(() -> JsonObject.parse("{}"));
    }
}
