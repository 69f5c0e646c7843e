package io.proxyd.proxy;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.proxyd.config.ConfigLoader;
import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.process.InheritedSockets;
import io.proxyd.proxy.exchange.ExchangeLog;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RegistryView;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.Service;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends some requests through an event loop of its own, on a loopback port, before the listeners are open: the classes of the path of a
 * request are loaded then, and its first requests are not the ones that wait for that. Nothing of it is seen in metrics or logs.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final Duration AT_MOST = Duration.ofMillis(250);
    private static final int REQUESTS = 200;
    /** Enough for connections that are closed to be closed in the kernel, too. */
    private static final int SETTLE_MILLIS = 20;

    private static final int SOCKET_TIMEOUT_MILLIS = 1000;
    private static final int LONGEST_HEAD_BYTES = 64 * 1024;

    private static final byte[] REQUEST =
            """
            GET /warm-up HTTP/1.1\r
            Host: localhost\r
            User-Agent: proxyd\r
            Accept: text/html,*/*\r
            Accept-Encoding: gzip\r
            \r
            """
                    .getBytes(StandardCharsets.US_ASCII);

    private static final byte[] RESPONSE =
            """
            HTTP/1.1 200 OK\r
            Content-Type: text/plain\r
            Content-Length: 0\r
            \r
            """
                    .getBytes(StandardCharsets.US_ASCII);

    private static final String CONFIG =
            """
            listeners:
              - address: 127.0.0.1:0
            services:
              warm-up:
                backends: ["127.0.0.1:%d"]
            routes:
              - path: /
                service: warm-up
            """;

    private final Transport transport;
    private final InstantSource clock = InstantSource.system();

    private WarmUp(Transport transport) {
        this.transport = transport;
    }

    /**
     * Begins, on a thread of its own.
     *
     * @return done when it is over, never with a failure: proxyd serves without it, too
     */
    static CompletableFuture<Void> begin(Transport transport) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        new WarmUp(transport).run();
                    } catch (IOException | RuntimeException e) {
                        LOG.warn("the warm-up failed, so that the first requests may be slow: {}", e.toString());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        over.complete(null);
                    }
                },
                "proxyd-warm-up");
        thread.setDaemon(true);
        thread.start();
        return over;
    }

    private void run() throws IOException, InterruptedException {
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("proxyd-warm-up", true), transport.ioHandler());
        try (ServerSocket backend = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answerConnections(backend), "proxyd-warm-up-backend");
            answering.setDaemon(true);
            answering.start();
            ProxydConfig config = ConfigLoader.parse("warm-up.yaml", CONFIG.formatted(backend.getLocalPort()));
            RoutingTable table = table(config);
            Worker worker = new Worker(
                    0, (EventLoop) loops.next(), transport, 1, MemoryGuard.of(1), () -> table, ExchangeLog.OFF, clock);
            Listeners listeners = new Listeners(List.of(worker), loops, InheritedSockets.NONE);
            listeners.apply(config.listeners());
            try {
                askRepeatedly(listeners.boundAddresses().get(0).getPort());
            } finally {
                listeners.close();
                endConnections(worker, table);
            }
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    /** An event loop that ends with a read under way loses its buffer. */
    private static void endConnections(Worker worker, RoutingTable table) throws InterruptedException {
        worker.closeConnections();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (worker.counts().connections() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        table.services().values().stream()
                .flatMap(service -> service.backends().stream())
                .forEach(worker::forget);
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
    }

    private RoutingTable table(ProxydConfig config) {
        RoutingTable table = new RoutingTableBuilder(1, clock, BackendEvents.NONE)
                .build(config, RegistryView.of(Catalog.EMPTY), null);
        for (Service service : table.services().values()) {
            for (LiveBackend backend : service.backends()) {
                backend.address(new InetSocketAddress(
                        backend.key().host(), backend.key().port()));
                backend.health(new HealthVerdict(HealthVerdict.Health.NOT_CHECKED, "warm-up", clock.instant()));
            }
        }
        return table;
    }

    private static void askRepeatedly(int port) throws IOException {
        long end = System.nanoTime() + AT_MOST.toNanos();
        for (int sent = 0; sent < REQUESTS && System.nanoTime() - end < 0; ) {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
                for (int i = 0; i < REQUESTS / 10 && System.nanoTime() - end < 0; i++, sent++) {
                    client.getOutputStream().write(REQUEST);
                    if (!readHead(client.getInputStream())) {
                        throw new IOException("no response");
                    }
                }
            }
        }
    }

    /** One after the other; the only client has one request under way at a time. */
    private static void answerConnections(ServerSocket backend) {
        while (!backend.isClosed()) {
            try (Socket connection = backend.accept()) {
                while (readHead(connection.getInputStream())) {
                    connection.getOutputStream().write(RESPONSE);
                }
            } catch (IOException e) {
                LOG.debug("a connection of the warm-up ended: {}", e.toString());
            }
        }
    }

    /** Reads up to an empty line; tells whether there was one. */
    private static boolean readHead(InputStream input) throws IOException {
        int ends = 0;
        for (int read = 0; read < LONGEST_HEAD_BYTES; read++) {
            int b = input.read();
            if (b < 0) {
                return false;
            }
            ends = b == '\n' ? ends + 1 : b == '\r' ? ends : 0;
            if (ends == 2) {
                return true;
            }
        }
        return false;
    }
}
