package io.proxyd.proxy;

import io.proxyd.config.ConfigException;
import io.proxyd.config.ConfigLoader;
import io.proxyd.config.ProxydConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code proxyd} command. Exit status: 0 after an orderly stop, 1 if something outside the configuration is in the way (such as
 * a taken address), 2 for a configuration with problems or a wrong command line.
 */
@Command(
        name = "proxyd",
        description = "An HTTP load balancer that follows a registry.",
        mixinStandardHelpOptions = true,
        versionProvider = Proxyd.VersionProvider.class,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:It ended in order, or the configuration is right.",
            "1:Something outside the configuration is in the way, such as a taken address.",
            "2:The configuration or the command is wrong."
        },
        footerHeading = "Environment:%n",
        footer = {
            "  PROXYD_JAVA_HOME   The Java to use; default: the newest there is.",
            "  PROXYD_JAVA_OPTS   Options of the Java virtual machine, beside those of bin/proxyd.",
            "  PROXYD_LOG_LEVEL   ERROR, WARN, INFO (the default), DEBUG or TRACE."
        })
public final class Proxyd implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int BAD_CONFIG = 2;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "/etc/proxyd/proxyd.yaml",
            scope = ScopeType.INHERIT,
            description = "The configuration; default: ${DEFAULT-VALUE}.")
    private Path config = Path.of("/etc/proxyd/proxyd.yaml");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Proxyd() {}

    /** All commands; none is run. */
    public static CommandLine commandLine() {
        return new CommandLine(new Proxyd());
    }

    /** Runs the command and ends the process with its status. */
    public static void main(String[] args) {
        int status = commandLine().execute(args);
        System.exit(status);
    }

    /** Serves until the process is told to stop. */
    @Override
    public Integer call() {
        ProxydConfig loaded;
        try {
            loaded = ConfigLoader.load(config);
        } catch (ConfigException e) {
            return badConfig(e);
        }
        return serve(loaded);
    }

    @Command(name = "check", description = "Reads the configuration, reports every problem, and starts nothing.")
    int check() {
        try {
            ProxydConfig loaded = ConfigLoader.load(config);
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s: ok, %d listeners, %d services, %d routes%n",
                            config,
                            loaded.listeners().size(),
                            loaded.services().size(),
                            loaded.routes().size());
            return 0;
        } catch (ConfigException e) {
            return badConfig(e);
        }
    }

    private int badConfig(ConfigException e) {
        spec.commandLine().getErr().println(e.getMessage());
        return BAD_CONFIG;
    }

    private int serve(ProxydConfig loaded) {
        Logger log = LoggerFactory.getLogger(Proxyd.class);
        try (Daemon daemon = new Daemon(config, loaded, System.getenv())) {
            daemon.start();
            daemon.awaitStop();
            return 0;
        } catch (Daemon.StartFailure e) {
            log.error("proxyd cannot start: {}", e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            log.error("proxyd was interrupted", e);
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    /** The version that the build wrote into the archive. */
    static final class VersionProvider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"proxyd " + version()};
        }
    }

    /** The version of this build; {@code dev} outside an archive. */
    static String version() {
        String version = Proxyd.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
