package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import org.junit.jupiter.api.Test;

/** Clients that stop sending, and clients that go away. */
final class ClientEndTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private final DeadPorts ports = closing(new DeadPorts());

    @Test
    void answersAClientThatHalfClosedBehindItsRequest() throws Exception {
        Gate finSent = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            finSent.await();
            connection.write(OK);
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        client.send(GET).halfClose();
        finSent.open();
        assertThat(client.response().text()).isEqualTo("ok");
        client.expectEnd();
    }

    @Test
    void sendsAllOfALongResponseToAClientThatHalfClosed() throws Exception {
        byte[] body = new byte[5_000_000];
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
            connection.write(body);
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        client.send(GET).halfClose();
        assertThat(client.response().body()).hasSize(body.length);
        client.expectEnd();
    }

    @Test
    void sendsWhatIsLeftOfAResponseToAClientThatHalfClosesLate() throws Exception {
        RunningProxy proxy = proxyTo(backend(UnreadResponse.sized()));
        int longest = UnreadResponse.longest(proxy);
        for (int i = 0; i < 10; i++) {
            int size = longest - i * 10_000;
            RawClient client = closing(UnreadResponse.ask(proxy, size));
            assertThat(client.head().status()).isEqualTo(200);
            UnreadResponse.settled(proxy);
            client.halfClose();
            assertThat(client.exactly(size)).hasSize(size);
            client.expectEnd();
        }
    }

    @Test
    void givesUpARequestWhoseClientHalfClosedWithinTheBody() throws Exception {
        Gate started = new Gate();
        RawBackend backend = backend(connection -> {
            connection.head();
            started.open();
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 10\r\n\r\nhalf");
        started.await();
        client.halfClose();
        client.expectEnd();
        ExchangeRecord record = proxy.record();
        assertThat(record.status()).isEqualTo(499);
        assertThat(record.failure()).isEqualTo("client-closed");
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void givesUpARequestWhoseClientWentAway() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(GET);
        backend.request();
        client.reset();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.record().failure()).isEqualTo("client-closed");
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 0);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
    }

    @Test
    void givesUpAResponseWhoseClientWentAway() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            while (true) {
                connection.write("some more of it");
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(GET);
        client.head();
        client.exactly(1000);
        client.reset();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("client-closed");
        assertThat(record.status()).isEqualTo(200);
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
    }

    @Test
    void givesUpARequestWhoseClientWentAwayWithPipelinedOnesBehindIt() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            while (true) {
                connection.write("some more of it");
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(GET.repeat(50));
        client.exactly(1000);
        client.reset();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        assertThat(backend.unseenRequests()).isEqualTo(1);
    }

    @Test
    void givesUpARequestWhoseClientWentAwayBeforeABackendWasConnected() throws Exception {
        RunningProxy proxy = proxy(Rig.to(ports.unanswering()));
        RawClient client = client(proxy).send(GET);
        proxy.awaitCount("exchange", LoopCounts::exchanges, 1);
        client.reset();
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("client-closed");
        assertThat(record.attempts()).isEqualTo(1);
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        assertThat(proxy.table().backends().mapToInt(b -> b.inFlight()).sum()).isZero();
    }

    @Test
    void closesAConnectionThatEndsWithinAHead() throws Exception {
        RunningProxy proxy = proxyTo(backend(Scripts.echo()));
        RawClient client = client(proxy).send("GET / HTT");
        client.halfClose();
        client.expectEnd();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        assertThat(proxy.unseenRecords()).isZero();
    }
}
