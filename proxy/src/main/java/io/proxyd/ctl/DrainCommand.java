package io.proxyd.ctl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code proxyctl drain}. */
@Command(
        name = "drain",
        description = {
            "Sends no new requests to a backend, at every proxy, until the time is over.",
            "What is in flight is finished. See also enable."
        })
final class DrainCommand implements Callable<Integer> {
    private static final int STILL_WAITING = 1;

    private final Terminal terminal;
    private final Supplier<AdminClient> client;
    private final Pause pause;

    @Parameters(paramLabel = "SERVICE/BACKEND", description = "Such as guestbook/guestbook-1.")
    private String backend = "";

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = DurationOption.class,
            description = "How long, such as 30m; default: ${DEFAULT-VALUE}. Then the backend takes requests again.")
    private Duration life = Duration.ofHours(1);

    @Option(names = "--reason", paramLabel = "WORDS", description = "Shown to whoever wonders.")
    private String reason = "";

    @Option(
            names = "--wait",
            description = "Return when every live proxy has let go of it: sends nothing new, has nothing in flight.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            converter = DurationOption.class,
            description = "How long to wait at most; default: the time of --for. Exit status 1 if that was too short.")
    private @Nullable Duration timeout;

    DrainCommand(Terminal terminal, Supplier<AdminClient> client, Pause pause) {
        this.terminal = terminal;
        this.client = client;
        this.pause = pause;
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminClient admin = client.get();
        IntentOrder.Done done =
                IntentOrder.send(admin, "drain", backend, null, life, Author.of(terminal.environment()), reason);
        terminal.print(done.backend() + " drains until " + done.until() + ", " + done.reach() + "\n");
        return wait ? await(admin, done) : 0;
    }

    private int await(AdminClient admin, IntentOrder.Done done) throws InterruptedException {
        boolean drained = pause.until(() -> isDrained(board(admin), done), timeout == null ? life : timeout);
        List<JsonObject> proxies = proxies(board(admin), done);
        if (drained) {
            terminal.print(done.backend() + " is drained: let go of by " + count(proxies.size()) + "\n");
            return 0;
        }
        List<String> missing = missing(proxies, done);
        String users = missing.isEmpty() ? "unknown ones" : String.join(", ", missing);
        terminal.err()
                .println("proxyctl: " + done.backend() + " is not drained yet, still used by " + users + " of "
                        + count(proxies.size()));
        return STILL_WAITING;
    }

    private static JsonObject board(AdminClient admin) {
        return admin.require(IntentOrder.PATH).json();
    }

    /** A proxy that is cut off from etcd does not know who else has let go. */
    private static boolean isDrained(JsonObject board, IntentOrder.Done done) {
        boolean knowsAll = board.flag("shared") || !done.why().isEmpty();
        return knowsAll && missing(proxies(board, done), done).isEmpty();
    }

    /** Those whose word counts. */
    private static List<JsonObject> proxies(JsonObject board, IntentOrder.Done done) {
        return board.objects("proxies").stream()
                .filter(proxy -> done.why().isEmpty() || proxy.flag("self"))
                .toList();
    }

    private static List<String> missing(List<JsonObject> proxies, IntentOrder.Done done) {
        List<String> missing = new ArrayList<>();
        for (JsonObject proxy : proxies) {
            boolean letGo = proxy.objects("let_go").stream()
                    .anyMatch(ack ->
                            ack.text("backend", "").equals(done.backend()) && ack.number("intents") >= done.revision());
            if (!letGo) {
                missing.add(proxy.text("id", "?"));
            }
        }
        return missing;
    }

    private static String count(int proxies) {
        return proxies == 1 ? "1 proxy" : proxies + " proxies";
    }
}
