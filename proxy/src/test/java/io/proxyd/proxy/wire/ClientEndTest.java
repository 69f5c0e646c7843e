package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Clients that stop sending, and clients that go away. */
final class ClientEndTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static final Duration SOON = Duration.ofMillis(500);

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
    void answersAClientThatHalfClosedBehindABody() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxyTo(backend);
        for (String request : new String[] {
            "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello",
        }) {
            RawClient client = client(proxy).send(request);
            client.halfClose();
            assertThat(client.response().text()).isEqualTo("POST / hello");
            client.expectEnd();
        }
    }

    @Test
    void answersAllRequestsOfAClientThatHalfClosedBehindThem() throws Exception {
        Gate finSent = new Gate();
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                finSent.await();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
        RawClient client = client(proxyTo(backend));
        String post = "POST /2 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
        client.send(GET + post + GET).halfClose();
        backend.request();
        finSent.open();
        assertThat(client.response().text()).isEqualTo("GET / ");
        assertThat(client.response().text()).isEqualTo("POST /2 hello");
        assertThat(client.response().text()).isEqualTo("GET / ");
        client.expectEnd();
    }

    @Test
    void givesUpAnUploadWhoseClientWentAway() throws Exception {
        Gate begun = new Gate();
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.exactly(100_000);
            begun.open();
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000000\r\n\r\n");
        client.send(new byte[100_000]);
        begun.await();
        client.reset();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.record().failure()).isEqualTo("client-closed");
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void keepsNothingOfAnUploadWhoseClientWentAwayWhileTheBackendReadNothing() throws Exception {
        Gate over = new Gate();
        RawBackend backend = closing(RawBackend.narrow(connection -> {
            connection.head();
            over.await();
        }));
        RunningProxy proxy =
                proxy(rigTo(backend).responseHead(SOON)); // not every transport hears of a reset while it reads nothing
        RawClient client = client(proxy);
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> upload(client, sent), "sender");
        sender.start();
        Eventually.steady(sent::get, Duration.ofMillis(100));
        client.reset();
        sender.join();
        proxy.record();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
        over.open();
    }

    private static void upload(RawClient client, AtomicLong sent) {
        try {
            client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000000\r\n\r\n");
            while (true) {
                client.send(new byte[50_000]);
                sent.addAndGet(50_000);
            }
        } catch (IOException e) {
            return; // the test has reset the connection
        }
    }

    @Test
    void keepsNothingOfARequestWhoseClientWentAwayBehindTheNextOne() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(backend).responseHead(SOON));
        RawClient client = client(proxy).send(GET + GET);
        backend.request();
        client.reset();
        proxy.record();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        assertThat(backend.unseenRequests()).isZero();
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
