package io.proxyd.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomeTest {
    record Transport(String name, IoHandlerFactory handlers, ChannelFactory<Channel> channels) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Transport> transports() {
        List<Transport> transports = new ArrayList<>();
        transports.add(new Transport("nio", NioIoHandler.newFactory(), NioSocketChannel::new));
        if (Epoll.isAvailable()) {
            transports.add(new Transport("epoll", EpollIoHandler.newFactory(), EpollSocketChannel::new));
        }
        if (IoUring.isAvailable()) {
            transports.add(new Transport("io_uring", IoUringIoHandler.newFactory(), IoUringSocketChannel::new));
        }
        return transports;
    }

    /** Each transport words its exceptions in its own way. */
    @ParameterizedTest
    @MethodSource("transports")
    void aRefusedConnectIsCalledRefused(Transport transport) throws Exception {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.handlers());
        try (Socket bound = new Socket()) { // holds its port and does not listen
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Throwable cause = new Bootstrap()
                    .group(group)
                    .channelFactory(transport.channels())
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(bound.getLocalSocketAddress())
                    .await()
                    .cause();
            assertThat(Outcome.failed(Objects.requireNonNull(cause)).reason()).isEqualTo("connection refused");
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void causesAreToldInWords() {
        assertThat(Outcome.failed(new NoRouteToHostException("No route to host"))
                        .reason())
                .isEqualTo("no route to host");
        assertThat(Outcome.failed(new IOException("recvAddress(..) failed: Connection reset by peer"))
                        .reason())
                .isEqualTo("connection reset before a response");
        assertThat(Outcome.failed(new IOException("Broken pipe")).reason())
                .isEqualTo("connection reset before a response");
        assertThat(Outcome.failed(new IllegalStateException("odd\nthing")).reason())
                .isEqualTo("IllegalStateException: odd?thing");
        assertThat(Outcome.failed(new IOException()).reason()).isEqualTo("IOException");
    }

    @ParameterizedTest
    @CsvSource({"500, 500 ms", "1000, 1 s", "1500, 1500 ms", "60000, 60 s", "0, 0 ms"})
    void durationsAreShort(long millis, String words) {
        assertThat(Outcome.words(Duration.ofMillis(millis))).isEqualTo(words);
    }
}
