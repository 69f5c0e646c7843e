package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A slow reader slows the writer down; nothing piles up in between. */
final class BackPressureTest extends WireTest {
    private static final int BODY_BYTES = 50_000_000;
    private static final long MEMORY_BOUND_BYTES = 8_000_000;
    /** What the kernel may hold in the socket buffers of a path, with room to spare. */
    private static final long KERNEL_BOUND_BYTES = 30_000_000;

    private static final Duration STILL = Duration.ofMillis(100);

    private static long directMemoryBytes() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    @Test
    void holdsABackendBackWhileTheClientDoesNotRead() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
            connection.write(new byte[BODY_BYTES]);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        long before = directMemoryBytes();
        RawClient client = closing(RawClient.connectNarrow(proxy.address()));
        client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        backend.request();
        assertThat(Eventually.steady(backend::written, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(directMemoryBytes() - before).isLessThan(MEMORY_BOUND_BYTES);
        assertThat(client.response().body()).hasSize(BODY_BYTES);
    }

    @Test
    void holdsABackendBackWhoseChunksAreTakenApart() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "400\r\n" + "x".repeat(1024) + "\r\n";
            for (int i = 0; i < BODY_BYTES / 1024; i++) {
                connection.write(chunk);
            }
            connection.write("0\r\n\r\n");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        long before = directMemoryBytes();
        RawClient client = closing(RawClient.connectNarrow(proxy.address()));
        client.send("GET / HTTP/1.0\r\n\r\n");
        backend.request();
        assertThat(Eventually.steady(backend::written, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(directMemoryBytes() - before).isLessThan(MEMORY_BOUND_BYTES);
        assertThat(client.response().body()).hasSize(BODY_BYTES / 1024 * 1024);
    }

    @Test
    void holdsAClientBackWhileTheBackendDoesNotRead() throws Exception {
        Gate readOn = new Gate();
        RawBackend backend = closing(RawBackend.narrow(connection -> {
            connection.head();
            readOn.await();
            assertThat(connection.exactly(BODY_BYTES)).hasSize(BODY_BYTES);
            connection.write(OK);
            connection.awaitEnd();
        }));
        RunningProxy proxy = proxyTo(backend);
        long before = directMemoryBytes();
        RawClient client = client(proxy);
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> sendBody(client, sent), "sender");
        sender.start();
        assertThat(Eventually.steady(sent::get, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(directMemoryBytes() - before).isLessThan(MEMORY_BOUND_BYTES);
        readOn.open();
        assertThat(client.response().text()).isEqualTo("ok");
        sender.join();
    }

    @Test
    void holdsAClientBackWhileNoBackendIsConnected() throws Exception {
        DeadPorts ports = closing(new DeadPorts());
        RunningProxy proxy = proxy(io.proxyd.proxy.Rig.to(ports.unanswering()).connect(Duration.ofSeconds(1)));
        long before = directMemoryBytes();
        RawClient client = client(proxy);
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> sendBody(client, sent), "sender");
        sender.start();
        assertThat(Eventually.steady(sent::get, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(directMemoryBytes() - before).isLessThan(MEMORY_BOUND_BYTES);
        assertThat(client.response().status()).isEqualTo(504);
        client.close();
        sender.join();
    }

    @Test
    void passesAllOfAResponseWhoseBackendHasClosedWhenTheClientReadsOn() throws Exception {
        RunningProxy measured = proxyTo(backend(UnreadResponse.sized()));
        int longest = UnreadResponse.longest(measured);
        RawBackend backend = backend(connection -> {
            int size = Integer.parseInt(connection.request().target().substring(1));
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
            connection.write(new byte[size]);
        });
        RunningProxy proxy = proxyTo(backend);
        for (int i = 1; i <= 8; i++) {
            int size = longest + i * 300_000;
            RawClient client = closing(UnreadResponse.ask(proxy, size));
            int closed = i;
            Eventually.until("the backend has sent all and closed", () -> backend.ended() == closed);
            UnreadResponse.settled(proxy);
            assertThat(client.response().body()).hasSize(size);
        }
    }

    @Test
    void startsNoRequestWhileTheClientLeavesResponsesUnread() throws Exception {
        String body = "x".repeat(12_000);
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nContent-Length: 12000\r\n\r\n" + body);
        RunningProxy proxy = proxyTo(backend);
        long before = directMemoryBytes();
        RawClient client = closing(RawClient.connectNarrow(proxy.address()));
        int requests = 3000;
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(requests));
        assertThat(Eventually.steady(backend::written, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(directMemoryBytes() - before).isLessThan(MEMORY_BOUND_BYTES);
        for (int i = 0; i < requests; i++) {
            assertThat(client.response().text()).isEqualTo(body);
        }
    }

    private static void sendBody(RawClient client, AtomicLong sent) {
        try {
            client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n");
            byte[] part = new byte[50_000];
            while (sent.get() < BODY_BYTES) {
                client.send(part);
                sent.addAndGet(part.length);
            }
        } catch (java.io.IOException e) {
            return; // the test closed the connection
        }
    }
}
