package io.proxyd.proxy;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.InheritedUringServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.proxyd.config.RuntimeConfig;
import java.net.StandardSocketOptions;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How bytes move between the kernel and the event loops.
 *
 * @param reason why this one and not a faster one; told in the start line
 * @param inherited makes a channel of a listening socket that the process was given; takes ownership of the file descriptor, and throws
 *     {@link IllegalStateException} where the transport cannot do that
 * @param reusePort the option that lets each event loop have its own listener socket
 * @param userTimeout the option that bounds how long the other host may leave what was sent unacknowledged, in milliseconds
 *     (TCP_USER_TIMEOUT, RFC 5482); null where the transport offers none
 */
public record Transport(
        String name,
        String reason,
        IoHandlerFactory ioHandler,
        Class<? extends ServerChannel> serverChannel,
        IntFunction<ServerChannel> inherited,
        Class<? extends SocketChannel> channel,
        ChannelOption<Boolean> reusePort,
        @Nullable ChannelOption<Integer> userTimeout) {

    /**
     * How many reads and writes are handed to the kernel at once. All of a batch are done before the first of their buffers is used
     * further, so that those of a large batch of large bodies would be out of the processor's cache by then (decision 9 in docs/adr).
     */
    private static final int IO_URING_BATCH = 32;

    private static final String ACCEPT_MULTISHOT = "io.netty.iouring.acceptMultiShotEnabled";

    static {
        // In Netty 4.2.17 a multishot accept that fails, as for want of a file, is armed again at once even where
        // reading was stopped, which spins. It also accepts all that waits where only one more was wanted.
        if (System.getProperty(ACCEPT_MULTISHOT) == null) {
            System.setProperty(ACCEPT_MULTISHOT, "false");
        }
    }

    /**
     * The transport to use.
     *
     * @throws IllegalStateException if the wanted one does not work on this machine
     */
    public static Transport choose(RuntimeConfig.Transport wanted) {
        return switch (wanted) {
            case IO_URING -> ioUring("configured");
            case EPOLL -> epoll("configured");
            case NIO -> nio("configured");
            case AUTO -> fastest();
        };
    }

    private static Transport fastest() {
        if (IoUring.isAvailable()) {
            return ioUring("the kernel allows it");
        }
        String noUring = "no io_uring: " + cause(IoUring.unavailabilityCause());
        if (Epoll.isAvailable()) {
            return epoll(noUring);
        }
        return nio(noUring + "; no epoll: " + cause(Epoll.unavailabilityCause()));
    }

    private static Transport ioUring(String reason) {
        if (!IoUring.isAvailable()) {
            throw unavailable("io_uring", IoUring.unavailabilityCause());
        }
        return new Transport(
                "io_uring",
                reason,
                LastingUringHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(IO_URING_BATCH)),
                IoUringServerSocketChannel.class,
                InheritedUringServerSocketChannel::new,
                IoUringSocketChannel.class,
                UnixChannelOption.SO_REUSEPORT,
                IoUringChannelOption.TCP_USER_TIMEOUT);
    }

    private static Transport epoll(String reason) {
        if (!Epoll.isAvailable()) {
            throw unavailable("epoll", Epoll.unavailabilityCause());
        }
        return new Transport(
                "epoll",
                reason,
                LastingEpollHandler.newFactory(),
                EpollServerSocketChannel.class,
                EpollServerSocketChannel::new,
                EpollSocketChannel.class,
                UnixChannelOption.SO_REUSEPORT,
                EpollChannelOption.TCP_USER_TIMEOUT);
    }

    private static Transport nio(String reason) {
        return new Transport(
                "nio",
                reason,
                NioIoHandler.newFactory(),
                NioServerSocketChannel.class,
                Transport::refuseInherited,
                NioSocketChannel.class,
                NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT),
                null);
    }

    private static ServerChannel refuseInherited(int fd) {
        throw new IllegalStateException(
                "runtime.transport: nio cannot use the socket that systemd passed; set it to auto, or"
                        + " turn proxyd.socket off: systemctl disable --now proxyd.socket");
    }

    private static IllegalStateException unavailable(String name, Throwable cause) {
        return new IllegalStateException("runtime.transport: " + name + " does not work here: " + cause(cause), cause);
    }

    /** The innermost message, which is the one that names the system call or the library. */
    private static String cause(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).lines().findFirst().orElse("unknown");
    }
}
