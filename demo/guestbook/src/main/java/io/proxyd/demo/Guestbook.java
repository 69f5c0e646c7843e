package io.proxyd.demo;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.etcd.EtcdRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Starts one instance of the guestbook and runs it until SIGTERM or SIGINT. */
@Command(
        name = "guestbook",
        mixinStandardHelpOptions = true,
        description = "A guestbook on the web; any number of instances can share one book.")
public final class Guestbook implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", defaultValue = "0", description = "0, the default, takes a free one")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "address to listen on; default: ${DEFAULT-VALUE}")
    private String host = "127.0.0.1";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "guestbook",
            description = "what the page calls this instance; default: ${DEFAULT-VALUE}")
    private String name = "guestbook";

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description = "what the page calls the machine; default: its host name")
    private String node = hostName();

    /** Where entries are kept; in memory without any of it. */
    @ArgGroup
    private Storage storage = new Storage();

    private static final class Storage {
        @Option(
                names = "--data",
                paramLabel = "FILE",
                description =
                        "keep entries in this file, which several instances on one machine may share; default: in memory")
        private @Nullable Path data;

        @ArgGroup(exclusive = false)
        private @Nullable FromRegistry registry;
    }

    private static final class FromRegistry {
        @Option(
                names = "--etcd",
                required = true,
                split = ",",
                paramLabel = "URL",
                description = "keep entries in the MongoDB that is registered in this etcd; several with commas")
        private List<URI> endpoints = List.of();

        @Option(
                names = "--prefix",
                paramLabel = "KEY",
                defaultValue = "/services/",
                description = "what the keys of registrations begin with; default: ${DEFAULT-VALUE}")
        private String prefix = "/services/";

        @Option(
                names = "--database",
                paramLabel = "SERVICE",
                defaultValue = "mongodb",
                description = "what the database is registered as; default: ${DEFAULT-VALUE}")
        private String database = "mongodb";
    }

    @Option(
            names = "--delay",
            paramLabel = "TIME",
            defaultValue = "0ms",
            converter = DelayConverter.class,
            description = "hold every page back for a time such as 300ms or 2s")
    private Duration delay = Duration.ZERO;

    public static void main(String[] args) {
        int status = new CommandLine(new Guestbook()).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Returns when the instance accepts connections; its threads keep the process alive. */
    @Override
    public Integer call() {
        if (port < 0 || port > 65535) {
            System.err.println("guestbook: --port " + port + " is not between 0 and 65535");
            return 2;
        }
        try {
            List<AutoCloseable> parts = new ArrayList<>();
            WarmEntries entries = new WarmEntries(entries(parts));
            InetSocketAddress bind = new InetSocketAddress(host, port);
            GuestbookServer server =
                    new GuestbookServer(new Instance(name, node), bind, delay, entries, Clock.systemUTC());
            parts.add(0, server);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> parts.forEach(Guestbook::close), "stop"));
            System.out.println(name + " answers on http://" + host + ":" + server.port() + "/");
            entries.warmUp(server.port());
            return 0;
        } catch (IOException e) {
            System.err.println("guestbook: " + e.getMessage());
            return 1;
        }
    }

    /** @param parts what is to be closed at the end is added to it, in this order */
    private Entries entries(List<AutoCloseable> parts) throws IOException {
        FromRegistry registry = storage.registry;
        if (registry == null) {
            return storage.data == null ? new MemoryEntries() : new FileEntries(storage.data);
        }
        Database database = new Database(registry.database);
        EtcdRegistry etcd = new EtcdRegistry(RegistryConfig.Etcd.plain(registry.endpoints, registry.prefix));
        etcd.watch(database::follow);
        parts.add(etcd);
        parts.add(database);
        return new DatabaseEntries(database);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            System.err.println("guestbook: " + part + " did not end in order: " + e);
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    /** Reads {@code 300ms} and {@code 2s}. */
    static final class DelayConverter implements ITypeConverter<Duration> {
        private static final Pattern DELAY = Pattern.compile("(\\d{1,6})(ms|s)");

        @Override
        public Duration convert(String value) {
            Matcher delay = DELAY.matcher(value.toLowerCase(Locale.ROOT));
            if (!delay.matches()) {
                throw new TypeConversionException("'" + value + "' is not a time such as 300ms or 2s");
            }
            long amount = Long.parseLong(delay.group(1));
            return delay.group(2).equals("s") ? Duration.ofSeconds(amount) : Duration.ofMillis(amount);
        }
    }
}
