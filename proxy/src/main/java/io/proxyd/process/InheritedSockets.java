package io.proxyd.process;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The listening sockets that systemd has opened and passed on, as sd_listen_fds(3) says.
 *
 * @param sockets in the order of the lines of the socket unit
 */
public record InheritedSockets(List<Inherited> sockets) {
    /** None. */
    public static final InheritedSockets NONE = new InheritedSockets(List.of());

    /** Tells how many there are. */
    public static final String COUNT_VARIABLE = "LISTEN_FDS";

    /** Tells which process they are meant for. */
    public static final String PROCESS_VARIABLE = "LISTEN_PID";

    private static final int FIRST = 3;
    private static final int MOST = 1000;

    /**
     * One of them.
     *
     * @param fd the file descriptor; whoever uses it owns it
     * @param address where it is bound
     */
    public record Inherited(int fd, InetSocketAddress address) {}

    /**
     * What was passed to this process.
     *
     * @param environment of the process
     * @throws IllegalStateException if what was passed cannot be used: a wrong count, something that is no TCP socket
     */
    public static InheritedSockets of(Map<String, String> environment) {
        String count = environment.getOrDefault(COUNT_VARIABLE, "");
        String process = environment.getOrDefault(PROCESS_VARIABLE, "");
        if (count.isEmpty()
                || !process.equals(Long.toString(ProcessHandle.current().pid()))) {
            return NONE;
        }
        if (!count.matches("\\d{1,4}") || Integer.parseInt(count) > MOST) {
            throw new IllegalStateException(
                    COUNT_VARIABLE + "=" + count + " is not a number of sockets from 0 to " + MOST);
        }
        List<Inherited> sockets = new ArrayList<>();
        for (int fd = FIRST; fd < FIRST + Integer.parseInt(count); fd++) {
            sockets.add(new Inherited(fd, address(fd)));
        }
        return new InheritedSockets(List.copyOf(sockets));
    }

    private static InetSocketAddress address(int fd) {
        if (!Epoll.isAvailable()) {
            throw new IllegalStateException("systemd passed a socket, and this machine has no epoll to use it with");
        }
        InetSocketAddress address = new Socket(fd).localAddress();
        if (address == null || address.getPort() == 0) {
            throw new IllegalStateException(
                    "file descriptor " + fd
                            + " that systemd passed is no TCP socket; ListenStream= in the socket unit takes ADDRESS:PORT here");
        }
        return address;
    }
}
