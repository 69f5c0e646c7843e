package io.proxyd.process;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd about the state of the service, as sd_notify(3) says; does nothing where systemd did not ask for it. Any thread. What
 * cannot be told is logged once, until something could be told again: systemd acts on its own timeouts meanwhile.
 */
public final class SystemdNotifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);

    /** The variable that names the socket. */
    public static final String SOCKET_VARIABLE = "NOTIFY_SOCKET";

    /** Within how many microseconds systemd wants a sign of life, and from which process. */
    public static final String WATCHDOG_VARIABLE = "WATCHDOG_USEC";

    private static final String WATCHDOG_PROCESS_VARIABLE = "WATCHDOG_PID";

    private final @Nullable String path;
    private final Optional<Duration> watchdog;
    private @Nullable Socket socket;
    private String lastStatus = "";
    private boolean failing;
    private boolean closed;

    /** @param environment of the process */
    public SystemdNotifier(Map<String, String> environment) {
        this.path = environment.get(SOCKET_VARIABLE);
        this.watchdog = watchdog(environment);
    }

    private static Optional<Duration> watchdog(Map<String, String> environment) {
        String micros = environment.getOrDefault(WATCHDOG_VARIABLE, "");
        String me = Long.toString(ProcessHandle.current().pid());
        if (!micros.matches("[1-9]\\d{0,17}")
                || !environment.getOrDefault(WATCHDOG_PROCESS_VARIABLE, me).equals(me)) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(Long.parseLong(micros) * 1000));
    }

    /** Whether systemd listens at all. */
    public boolean asked() {
        return path != null && !path.isEmpty();
    }

    /** Within which time systemd wants a sign of life; empty if it wants none. */
    public Optional<Duration> watchdog() {
        return watchdog;
    }

    /** The start is over, and this is how it stands, in one line. */
    public void ready(String status) {
        send("READY=1\nSTATUS=" + status);
    }

    /** How it stands now, in one line; told if it has changed. */
    public synchronized void status(String status) {
        if (!status.equals(lastStatus) && send("STATUS=" + status)) {
            lastStatus = status;
        }
    }

    /** A sign of life. */
    public void alive() {
        send("WATCHDOG=1");
    }

    public void stopping() {
        send("STOPPING=1\nSTATUS=draining");
    }

    /** The same, and systemd is to wait for this long, whatever its own timeout says. */
    public void stopping(Duration atMost) {
        send("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=" + atMost.toNanos() / 1000);
    }

    /** Tells whether systemd was told. A failure leaves nothing behind: the next message opens a socket anew. */
    private synchronized boolean send(String state) {
        String to = path;
        if (to == null || to.isEmpty() || closed) {
            return false;
        }
        if (!to.startsWith("/") || !Epoll.isAvailable()) {
            return failed(to, "NOTIFY_SOCKET needs a path and epoll");
        }
        byte[] text = state.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocateDirect(text.length).put(text);
        try {
            if (connected(to).write(buffer, 0, text.length) != text.length) {
                return failed(to, "it takes no more at the moment");
            }
            failing = false;
            return true;
        } catch (IOException e) {
            return failed(to, e.getMessage());
        }
    }

    private Socket connected(String to) throws IOException {
        Socket known = socket;
        if (known == null) {
            known = Socket.newSocketDomainDgram();
            socket = known;
            known.connect(new DomainSocketAddress(to));
        }
        return known;
    }

    private boolean failed(String to, @Nullable String why) {
        if (!failing) {
            failing = true;
            LOG.warn("systemd is not told through {}: {}", to, why);
        }
        closeSocket();
        return false;
    }

    private void closeSocket() {
        Socket open = socket;
        socket = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.warn("the socket to systemd was not closed: {}", e.getMessage());
            }
        }
    }

    /** Tells nothing more. */
    @Override
    public synchronized void close() {
        closed = true;
        closeSocket();
    }
}
