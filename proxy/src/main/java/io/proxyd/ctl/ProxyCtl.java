package io.proxyd.ctl;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/**
 * Shows an operator what a running proxyd does. Exits with 0, with 1 if proxyd cannot answer or the answer is bad news, with
 * 2 if the command is wrong.
 */
@Command(
        name = "proxyctl",
        description = "Shows what a running proxyd does, and operates it.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = ProxyCtl.Version.class,
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:Done.",
            "1:proxyd or etcd does not answer, or the answer is bad news.",
            "2:The command is wrong."
        },
        synopsisSubcommandLabel = "COMMAND")
public final class ProxyCtl implements Runnable {
    private static final String ENVIRONMENT = "PROXYCTL_ADMIN";
    private static final String DEFAULT_ADMIN = "http://127.0.0.1:9901";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Terminal terminal;
    private final CommandLine commandLine;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description = {
                "Where proxyd's admin interface listens: http://HOST:PORT or unix:/PATH.",
                "Default: $" + ENVIRONMENT + ", else " + DEFAULT_ADMIN
            })
    private @Nullable String admin;

    private ProxyCtl(Terminal terminal, Pause pause) {
        this.terminal = terminal;
        this.commandLine = new CommandLine(this)
                .addSubcommand(new BackendsCommand(terminal, this::client, pause))
                .addSubcommand(new CommandLine(new RegistryCommand(terminal, this::client))
                        .addSubcommand(new AcceptCommand(terminal, this::client)))
                .addSubcommand(new HistoryCommand(terminal, this::client))
                .addSubcommand(new ExplainCommand(terminal, this::client))
                .addSubcommand(new DrainCommand(terminal, this::client, pause))
                .addSubcommand(new EnableCommand(terminal, this::client, pause))
                .addSubcommand(new WeightCommand(terminal, this::client))
                .addSubcommand(new ProxiesCommand(terminal, this::client))
                .addSubcommand(new ReadyCommand(terminal, this::client))
                .addSubcommand(new AnnounceCommand(terminal.environment()))
                .addSubcommand(new CompletionCommand(terminal));
    }

    public static void main(String[] args) {
        Terminal terminal = new Terminal(
                writer(System.out), writer(System.err), Terminal.standardOutputIsTerminal(), System.getenv());
        System.exit(run(terminal, Thread::sleep, args));
    }

    /** All commands. */
    static CommandLine commandLine(Terminal terminal, Pause pause) {
        return new ProxyCtl(terminal, pause).commandLine;
    }

    /** Runs one command and returns its exit code. */
    static int run(Terminal terminal, Pause pause, String... args) {
        return commandLine(terminal, pause)
                .setOut(terminal.out())
                .setErr(terminal.err())
                .registerConverter(Output.class, Output::parse)
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler((e, given) -> wrongCommand(terminal, e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(terminal, e))
                .execute(args);
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(
                commandLine,
                "a command is missing: "
                        + String.join(", ", commandLine.getSubcommands().keySet()));
    }

    private AdminClient client() {
        String text = admin != null ? admin : terminal.environment().getOrDefault(ENVIRONMENT, "");
        try {
            return new AdminClient(AdminAddress.parse(text.isEmpty() ? DEFAULT_ADMIN : text), TIMEOUT);
        } catch (IllegalArgumentException e) {
            String from = admin != null ? "--admin " : ENVIRONMENT + "=";
            throw new ParameterException(commandLine, from + e.getMessage(), e);
        }
    }

    private static int wrongCommand(Terminal terminal, ParameterException e) {
        terminal.err().println("proxyctl: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, terminal.err());
        terminal.err().println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Terminal terminal, Exception e) throws Exception {
        if (e instanceof ParameterException wrong) {
            return wrongCommand(terminal, wrong);
        }
        terminal.err().println("proxyctl: " + (e instanceof CtlException ? e.getMessage() : "a bug: " + e));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** The version that the build wrote into the archive; {@code dev} outside one. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = ProxyCtl.class.getPackage().getImplementationVersion();
            return new String[] {"proxyctl " + (version == null ? "dev" : version)};
        }
    }
}
