package io.proxyd.process;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells systemd about the state of the service, as sd_notify(3) says; does nothing where systemd did not ask for it. */
public final class SystemdNotifier {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);

    /** The variable that names the socket. */
    public static final String SOCKET_VARIABLE = "NOTIFY_SOCKET";

    private final @Nullable String socket;

    /** @param environment of the process */
    public SystemdNotifier(Map<String, String> environment) {
        this.socket = environment.get(SOCKET_VARIABLE);
    }

    /** The start is over, and this is how it stands, in one line. */
    public void ready(String status) {
        send("READY=1\nSTATUS=" + status);
    }

    /** How it stands now, in one line. */
    public void status(String status) {
        send("STATUS=" + status);
    }

    public void stopping() {
        send("STOPPING=1\nSTATUS=draining");
    }

    /** A failure is logged: systemd then ends the start by its own timeout. */
    private void send(String state) {
        String path = socket;
        if (path == null || path.isEmpty()) {
            return;
        }
        if (!path.startsWith("/") || !Epoll.isAvailable()) {
            LOG.warn("systemd is not told: NOTIFY_SOCKET={} needs a path and epoll", path);
            return;
        }
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("proxyd-notify", true), EpollIoHandler.newFactory());
        try {
            Channel channel = new Bootstrap()
                    .group(loop)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(new DomainSocketAddress(path))
                    .syncUninterruptibly()
                    .channel();
            channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8))
                    .syncUninterruptibly();
        } catch (RuntimeException e) {
            LOG.warn("systemd is not told through {}: {}", path, e.getMessage());
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
