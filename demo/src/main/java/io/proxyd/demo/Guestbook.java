package io.proxyd.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Starts one instance of the guestbook and runs it until SIGTERM or SIGINT. */
@Command(
        name = "guestbook",
        mixinStandardHelpOptions = true,
        description = "A guestbook on the web; several instances on one machine can share one book.")
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
            names = "--data",
            paramLabel = "FILE",
            description = "keep entries in this file, which several instances may share; default: in memory")
    private @Nullable Path data;

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
            Entries entries = data == null ? new MemoryEntries() : new FileEntries(data);
            InetSocketAddress bind = new InetSocketAddress(host, port);
            GuestbookServer server = new GuestbookServer(name, bind, delay, entries, Clock.systemUTC());
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
            System.out.println(name + " answers on http://" + host + ":" + server.port() + "/");
            return 0;
        } catch (IOException e) {
            System.err.println("guestbook: " + e.getMessage());
            return 1;
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
