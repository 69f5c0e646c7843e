package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Clients and backends that take too long. */
final class TimeoutTest extends WireTest {
    private static final Duration SOON = Duration.ofMillis(100);
    /** Long enough for a busy machine, and shorter than a test that it must not end. */
    private static final Duration LATER = Duration.ofMillis(500);

    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\n";

    @Test
    void says408ToAClientThatIsSlowWithItsHead() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).requestHead(SOON));
        RawClient client = client(proxy).send("GET / HTTP/1.1\r\nHo");
        Message response = client.response();
        assertThat(response.status()).isEqualTo(408);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        assertThat(proxy.record().failure()).isEqualTo("request-head-timeout");
        assertThat(backend.accepted()).isZero();
    }

    @Test
    void countsTheTimeOfAHeadFromItsFirstByteHoweverItDrips() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).requestHead(SOON));
        RawClient client = client(proxy).send("GET / HTTP/1.1\r\nX: ");
        Eventually.until("an answer, while a byte comes every millisecond", () -> client.answersTo("x"));
        assertThat(client.response().status()).isEqualTo(408);
    }

    @Test
    void closesSilentlyOnAClientThatNeverSpeaks() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).requestHead(SOON));
        client(proxy).expectEnd();
        assertThat(proxy.unseenRecords()).isZero();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void says408ToAClientThatStallsWithinItsBody() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).requestBody(SOON));
        RawClient client = client(proxy).send(POST + "hel");
        assertThat(client.response().status()).isEqualTo(408);
        client.expectEnd();
        assertThat(proxy.record().failure()).isEqualTo("request-body-timeout");
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void closesAConnectionThatLiesIdle() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).keepAlive(SOON));
        RawClient client = client(proxy);
        assertThat(client.exchange(GET).head().has("Connection")).isFalse();
        client.expectEnd();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void doesNotTakeTheTimeOfAnExchangeForIdleness() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            while (true) {
                connection.request();
                gate.await();
                connection.write(OK);
            }
        });
        RunningProxy proxy =
                proxy(rigTo(backend).keepAlive(SOON).requestHead(SOON).requestBody(SOON));
        RawClient waiting = client(proxy).send(GET);
        backend.request();
        RawClient idle = client(proxy);
        idle.expectEnd(); // the time is over for this one
        gate.open();
        assertThat(waiting.response().text()).isEqualTo("ok");
    }

    @Test
    void cutsAClientOffThatTakesNothingOfItsResponse() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n");
            connection.write(new byte[50_000_000]);
        });
        RunningProxy proxy = proxy(rigTo(backend).clientTakes(SOON));
        RawClient client = closing(RawClient.connectNarrow(proxy.address())).send(GET);
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("response-write-timeout");
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(client.endsInReset()).isTrue();
    }

    @Test
    void keepsItsOtherTimeoutsAfterItCutAClientOff() throws Exception {
        cutsAClientOffThatTakesNothingOfItsResponse();
        RunningProxy proxy =
                proxy(rigTo(backend(UnreadResponse.sized())).clientTakes(SOON).keepAlive(SOON));
        RawClient stuck = closing(UnreadResponse.ask(proxy, 50_000_000));
        proxy.record();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        RawClient idle = client(proxy);
        idle.get("/5");
        idle.expectEnd();
        assertThat(stuck.endsInReset()).isTrue();
    }

    @Test
    void cutsAClientOffThatTakesNothingOfTheEndOfItsResponse() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(UnreadResponse.sized()))
                .clientTakes(Duration.ofSeconds(1))
                .keepAlive(SOON));
        int longest = UnreadResponse.longest(proxy);
        RawClient client = closing(UnreadResponse.ask(proxy, longest - 16_000));
        client.head();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void says504WhenABackendNeverAnswers() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(backend, backend(Scripts.silent())).responseHead(SOON));
        RawClient client = client(proxy);
        assertThat(client.exchange(GET).status()).isEqualTo(504);
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("response-head-timeout");
        assertThat(record.attempts()).as("one for each backend").isEqualTo(2);
        assertThat(client.exchange(POST + "hello").status()).isEqualTo(504);
        assertThat(proxy.record().attempts()).as("a POST is not sent twice").isEqualTo(1);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
    }

    @Test
    void breaksOffAResponseThatStalls() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).responseBody(SOON));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        assertThat(client.endsInReset()).isFalse(); // the framing shows it
        assertThat(proxy.record().failure()).isEqualTo("response-body-timeout");
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void doesNotBlameTheBackendForASlowClient() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).responseHead(SOON).requestBody(Duration.ofMillis(400)));
        RawClient client = client(proxy).send(POST + "hel");
        assertThat(client.response().status()).isEqualTo(408);
        assertThat(proxy.record().failure()).isEqualTo("request-body-timeout");
    }

    @Test
    void doesNotBlameTheClientForABackendThatDoesNotAnswerItsExpectation() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).responseHead(SOON).requestBody(Duration.ofMillis(400)));
        RawClient client = client(proxy);
        client.send(POST.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
        assertThat(client.response().status()).isEqualTo(504);
        assertThat(proxy.record().failure()).isEqualTo("response-head-timeout");
    }

    @Test
    void says504WhenConnectingTakesTooLong() throws Exception {
        DeadPorts ports = closing(new DeadPorts());
        RunningProxy proxy = proxy(Rig.to(ports.unanswering()).connect(SOON).retries(1, 0));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(504);
        assertThat(proxy.record().failure()).isEqualTo("connect-timeout");
    }

    @Test
    void says504WhenAnExchangeIsNotAnsweredInItsTime() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(backend, backend(Scripts.silent())).exchange(SOON));
        RawClient client = client(proxy);
        Message response = client.exchange(GET);
        assertThat(response.status()).isEqualTo(504);
        assertThat(response.head().has("Connection")).isFalse();
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("exchange-timeout");
        assertThat(record.attempts()).isEqualTo(1);
        proxy.awaitCount("backend connections in use", c -> c.upstreamConnections() - c.idleUpstreamConnections(), 0);
        assertThat(client.exchange(GET).status()).isEqualTo(504);
    }

    @Test
    void countsAllAttemptsAsOneExchange() throws Exception {
        DeadPorts ports = closing(new DeadPorts());
        RunningProxy proxy = proxy(Rig.to(ports.unanswering()).exchange(SOON));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(504);
        assertThat(proxy.record().failure()).isEqualTo("exchange-timeout");
    }

    @Test
    void cutsAnExchangeThatIsNotOverInItsTimeHoweverItGoesOn() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (true) {
                connection.write("1\r\nx\r\n");
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
        });
        RunningProxy proxy = proxy(rigTo(backend).exchange(SOON));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        assertThat(client.endsInReset()).isFalse(); // the framing shows it
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("exchange-timeout");
        assertThat(record.status()).isEqualTo(200);
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void says504ToAClientThatIsNotDoneWithItsBodyInTheTimeOfTheExchange() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).exchange(SOON));
        RawClient client = client(proxy).send(POST + "hel");
        Message response = client.response();
        assertThat(response.status()).isEqualTo(504);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.record().failure()).isEqualTo("exchange-timeout");
    }

    @Test
    void startsTheTimeOfEachExchangeAnew() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).exchange(SOON));
        RawClient client = client(proxy);
        long start = System.nanoTime();
        Eventually.until("three times as long as an exchange may take", () -> {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
            return System.nanoTime() - start > 3 * SOON.toNanos();
        });
    }

    @Test
    void letsAClientReadAsSlowlyAsItReadsAtAll() throws Exception {
        RunningProxy proxy =
                proxy(rigTo(backend(UnreadResponse.sized())).clientTakes(LATER).responseBody(LATER));
        int parts = 1000;
        RawClient client = closing(UnreadResponse.ask(proxy, parts * 20_000));
        client.head();
        AtomicInteger read = new AtomicInteger();
        Eventually.until("all was read, a part every millisecond", () -> {
            assertThat(client.exactly(20_000)).hasSize(20_000);
            return read.incrementAndGet() == parts;
        });
        assertThat(client.exchange(GET.replace(" / ", " /3 ")).text()).hasSize(3);
    }
}
