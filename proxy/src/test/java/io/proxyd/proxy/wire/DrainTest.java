package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.LoopCounts;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The end of a proxy: no new work, and what is in flight is finished. */
final class DrainTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static Thread closeInBackground(RunningProxy proxy) {
        Thread closing = new Thread(proxy::close, "closing");
        closing.start();
        return closing;
    }

    private static void awaitRefusal(java.net.InetSocketAddress address) {
        Eventually.until("connections are refused", () -> {
            try (RawClient late = RawClient.connect(address)) {
                return late.localAddress().equals(address); // a connection to itself
            } catch (ConnectException e) {
                return true;
            }
        });
    }

    @Test
    void finishesAResponseThatIsInFlight() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
            gate.await();
            connection.write("llo");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).drain(Duration.ofSeconds(10)));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        java.net.InetSocketAddress address = proxy.address();
        Thread closing = closeInBackground(proxy);
        awaitRefusal(address);
        gate.open();
        assertThat(client.exactly(5)).isEqualTo("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        client.expectEnd();
        client.close();
        closing.join();
    }

    @Test
    void saysThatTheConnectionEndsInAResponseThatStartsWhileDraining() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            gate.await();
            connection.write(OK);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).drain(Duration.ofSeconds(10)));
        RawClient client = client(proxy).send(GET);
        backend.request();
        RawClient idle = client(proxy);
        proxy.awaitCount("client connections", LoopCounts::connections, 2);
        Thread closing = closeInBackground(proxy);
        idle.expectEnd();
        gate.open();
        Message response = client.response();
        assertThat(response.text()).isEqualTo("ok");
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        client.close();
        closing.join();
    }

    @Test
    void sendsTheEndOfAResponseThatTheClientHasNotReadYet() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(UnreadResponse.sized())).drain(Duration.ofSeconds(10)));
        int longest = UnreadResponse.longest(proxy);
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            RawClient client = closing(UnreadResponse.ask(proxy, longest - i * 10_000));
            assertThat(client.head().status()).isEqualTo(200);
            clients.add(client);
        }
        UnreadResponse.settled(proxy);
        Thread closing = closeInBackground(proxy);
        for (int i = 0; i < clients.size(); i++) {
            assertThat(clients.get(i).exactly(longest - i * 10_000)).isNotEmpty();
            clients.get(i).expectEnd();
            clients.get(i).close();
        }
        closing.join();
    }

    @Test
    void takesARequestWhoseHeadHadBegun() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).drain(Duration.ofSeconds(10)));
        RawClient client = client(proxy).send("GET / HTTP/1.1\r\nHost: a");
        RawClient idle = client(proxy);
        assertThat(idle.get("/").status()).isEqualTo(200); // by then the loop has read the half head as well
        Thread closing = closeInBackground(proxy);
        idle.expectEnd();
        Message response = client.send(".example\r\n\r\n").response();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        client.close();
        closing.join();
    }

    @Test
    void cutsWhatIsNotFinishedInTime() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(backend).drain(Duration.ofMillis(50)));
        client(proxy).send(GET);
        backend.request();
        proxy.close();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.count(LoopCounts::connections)).isZero();
    }

    @Test
    void closesItsIdleBackendConnections() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxyTo(backend);
        client(proxy).get("/");
        proxy.close();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }
}
