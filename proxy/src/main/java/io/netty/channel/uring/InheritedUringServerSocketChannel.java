package io.netty.channel.uring;

import io.netty.channel.Channel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannelConfig;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A listening socket that this process did not open but was given, on io_uring. Netty offers that for epoll alone; what it takes is
 * visible only within this package (decision 14 in docs/adr). Takes ownership of the file descriptor.
 */
public final class InheritedUringServerSocketChannel extends AbstractIoUringServerChannel
        implements ServerSocketChannel {
    private final IoUringServerSocketChannelConfig config;

    /** @param fd of a TCP socket that is bound and listens */
    public InheritedUringServerSocketChannel(int fd) {
        super(new LinuxSocket(fd), true);
        this.config = new IoUringServerSocketChannelConfig(this);
    }

    @Override
    Channel newChildChannel(int fd, ByteBuffer address) {
        return new IoUringSocketChannel(this, new LinuxSocket(fd));
    }

    @Override
    public ServerSocketChannelConfig config() {
        return config;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) super.localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return (InetSocketAddress) super.remoteAddress();
    }
}
