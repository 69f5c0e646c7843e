package io.proxyd.ctl;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.etcd.EtcdAnnouncer;
import io.proxyd.process.SystemdNotifier;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code proxyctl announce}. It refers to discovery in its methods only, so that other commands do not load it. */
@Command(
        name = "announce",
        description = {
            "Registers a backend in etcd and keeps it registered, until SIGTERM or SIGINT: then it drains, deregisters and"
                    + " ends. A second signal cuts the wait short.",
            "With a command, it starts that first and ends with it and its status."
        })
final class AnnounceCommand implements Callable<Integer> {
    private static final Duration MIN_CHECK_INTERVAL = Duration.ofMillis(100);

    private final Map<String, String> environment;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    @Option(names = "--service", required = true, paramLabel = "NAME", description = "Of which this is one backend.")
    private String service = "";

    @Option(names = "--id", required = true, paramLabel = "ID", description = "Of the backend within its service.")
    private String id = "";

    @Option(
            names = "--host",
            required = true,
            paramLabel = "HOST",
            description = "Name or IP address under which the proxies reach the backend.")
    private String host = "";

    @Option(names = "--port", required = true, paramLabel = "PORT", description = "Where the backend listens.")
    private int port;

    @Option(
            names = "--weight",
            paramLabel = "N",
            defaultValue = "100",
            description = "0 to 1000, its share of the requests; default: ${DEFAULT-VALUE}.")
    private int weight;

    @Option(names = "--metadata", paramLabel = "KEY=VALUE", description = "Anything to be told along; repeatable.")
    private Map<String, String> metadata = Map.of();

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationOption.class,
            description = "How long the registration outlives this program; default: ${DEFAULT-VALUE}.")
    private Duration ttl = Duration.ZERO;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationOption.class,
            description = "How long to wait for the proxies to let go of the backend; default: ${DEFAULT-VALUE}.")
    private Duration drainTimeout = Duration.ZERO;

    @Option(
            names = "--check",
            paramLabel = "URL",
            description = "Registers only while this answers with 2xx; it deregisters after two failures in a row.")
    private @Nullable URI check;

    @Option(
            names = "--check-interval",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = DurationOption.class,
            description =
                    "Between two checks; one that takes longer, and at least 1s, has failed; default: ${DEFAULT-VALUE}.")
    private Duration checkInterval = Duration.ZERO;

    @Option(
            names = "--stop-timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationOption.class,
            description = "From the command's SIGTERM to its SIGKILL; default: ${DEFAULT-VALUE}.")
    private Duration stopTimeout = Duration.ZERO;

    @Parameters(paramLabel = "COMMAND", description = "After --: the backend to start, with its arguments.")
    private List<String> command = List.of();

    /** @param environment of the process */
    AnnounceCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        try {
            RegistryConfig.Etcd registry = etcd.config();
            Announcement announcement = new Announcement(service, id, host, port, weight, metadata, ttl);
            Sidekick.Plan plan = new Sidekick.Plan(checked(), checkInterval, drainTimeout, stopTimeout, command);
            return new Sidekick(
                            plan,
                            listener -> new EtcdAnnouncer(registry, announcement, listener),
                            new SystemdNotifier(environment))
                    .run();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<URI> checked() {
        if (check == null) {
            return Optional.empty();
        }
        boolean isWeb = "http".equals(check.getScheme()) || "https".equals(check.getScheme());
        if (!isWeb || check.getHost() == null) {
            throw new IllegalArgumentException(
                    "--check " + check + ": expected a URL such as http://127.0.0.1:8080/healthz");
        }
        if (checkInterval.compareTo(MIN_CHECK_INTERVAL) < 0) {
            throw new IllegalArgumentException("--check-interval " + checkInterval.toMillis() + "ms: expected at least "
                    + MIN_CHECK_INTERVAL.toMillis() + "ms");
        }
        return Optional.of(check);
    }
}
