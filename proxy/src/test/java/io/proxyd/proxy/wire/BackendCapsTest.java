package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.LoopCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One backend gets no more requests and connections at once than it may. */
final class BackendCapsTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Gate gate = new Gate();

    private RawBackend gated() throws Exception {
        return backend(connection -> {
            while (true) {
                Message request = connection.request();
                gate.await();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
    }

    private List<RawClient> send(RunningProxy proxy, int requests) throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            clients.add(client(proxy).send(GET));
            proxy.awaitCount("exchanges", LoopCounts::exchanges, i + 1);
        }
        return clients;
    }

    private void allAnswered(List<RawClient> clients) throws Exception {
        gate.open();
        for (RawClient client : clients) {
            assertThat(client.response().status()).isEqualTo(200);
        }
    }

    @Test
    void whatNoBackendHasRoomForWaits() throws Exception {
        RawBackend a = gated();
        RawBackend b = gated();
        RunningProxy proxy = proxy(rigTo(a, b).backendCaps(1, 0, 10, LONG));
        List<RawClient> clients = send(proxy, 4);
        a.request();
        b.request();
        assertThat(a.unseenRequests() + b.unseenRequests()).isZero();
        allAnswered(clients);
        assertThat(a.accepted() + b.accepted()).isEqualTo(2);
    }

    @Test
    void turnsAwayWhatFindsEachBackendFullAndNoQueue() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).backendCaps(1, 0, 0, LONG));
        List<RawClient> clients = send(proxy, 1);
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(503);
        assertThat(proxy.record().failure()).isEqualTo("overloaded");
        allAnswered(clients);
    }

    @Test
    void goesToAnotherBackendWhereThereIsAConnection() throws Exception {
        RawBackend a = gated();
        RawBackend b = gated();
        RunningProxy proxy = proxy(rigTo(a, b).backendCaps(0, 2, 0, LONG));
        List<RawClient> clients = send(proxy, 4);
        for (int i = 0; i < 2; i++) {
            a.request();
            b.request();
        }
        allAnswered(clients);
    }

    @Test
    void waitsForAConnectionThatAnotherOneLeaves() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).backendCaps(0, 1, 0, LONG));
        List<RawClient> clients = send(proxy, 3);
        backend.request();
        assertThat(backend.unseenRequests()).isZero();
        allAnswered(clients);
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void opensAConnectionForWhoWaitsWhenOneCloses() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            gate.await();
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        });
        RunningProxy proxy = proxy(rigTo(backend).backendCaps(0, 1, 0, LONG));
        List<RawClient> clients = send(proxy, 3);
        allAnswered(clients);
        assertThat(backend.accepted()).isEqualTo(3);
    }

    @Test
    void givesUpWhenNoConnectionIsLeftInTimeAndDoesNotBlameTheBackend() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy =
                proxy(rigTo(backend).connect(Duration.ofMillis(100)).backendCaps(0, 1, 0, LONG));
        List<RawClient> clients = send(proxy, 1);
        for (int i = 0; i < 4; i++) {
            assertThat(client(proxy).exchange(GET).status()).isEqualTo(503);
            assertThat(proxy.record().failure()).isEqualTo("overloaded");
        }
        assertThat(proxy.table().backends()).noneMatch(b -> b.ejection().active(System.nanoTime()));
        allAnswered(clients);
    }
}
