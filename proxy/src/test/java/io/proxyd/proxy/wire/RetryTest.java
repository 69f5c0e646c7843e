package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.route.LiveBackend;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** No client sees a failure that another backend could have answered. */
final class RetryTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
    private static final String PUT = POST.replace("POST", "PUT");

    private final DeadPorts ports = closing(new DeadPorts());

    /** Answers the first request of a connection and closes on the second one, when it was read whole. */
    private static RawBackend.Script closingOnTheSecond() {
        return connection -> {
            Message first = connection.request();
            connection.write(Scripts.echoOf(first, connection));
            connection.request();
        };
    }

    @Test
    void goesToAnotherBackendWhenConnectIsRefused() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to(ports.refusing(), backend.port()));
        RawClient client = client(proxy);
        int retried = 0;
        for (int i = 0; i < 4; i++) {
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
            assertThat(client.exchange(POST).text()).isEqualTo("POST / hello");
            assertThat(client.exchange("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "5\r\nhello\r\n0\r\n\r\n")
                            .text())
                    .isEqualTo("POST / hello");
            retried += proxy.record().attempts()
                    + proxy.record().attempts()
                    + proxy.record().attempts()
                    - 3;
        }
        assertThat(retried).isEqualTo(3); // then the dead backend is ejected
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void goesToAnotherBackendWithABodyThatComesWhileConnecting() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to(ports.unanswering(), backend.port()).connect(Duration.ofMillis(100)));
        int retried = 0;
        for (int i = 0; i < 2; i++) {
            RawClient client = client(proxy);
            client.send(POST.substring(0, POST.length() - 5));
            proxy.awaitCount("exchange", c -> c.exchanges(), 1);
            client.send("he");
            client.send("llo");
            assertThat(client.response().text()).isEqualTo("POST / hello");
            retried += proxy.record().attempts() - 1;
            assertThat(client.exchange(GET).status()).isEqualTo(200);
            retried += proxy.record().attempts() - 1;
        }
        assertThat(retried).isBetween(1, 3);
    }

    @Test
    void ejectsABackendAfterThreeFailedConnects() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to(ports.refusing(), backend.port()));
        RawClient client = client(proxy);
        for (int i = 0; i < 10; i++) {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
        }
        LiveBackend dead = proxy.table()
                .backends()
                .filter(b -> b.key().port() != backend.port())
                .findFirst()
                .orElseThrow();
        assertThat(dead.ejection().active(System.nanoTime())).isTrue();
        assertThat(dead.traffic(0).connectFailures()).isEqualTo(3);
    }

    @Test
    void says502WhenNoBackendCanBeReached() throws Exception {
        RunningProxy proxy = proxy(Rig.to(ports.refusing(), ports.refusing()));
        RawClient client = client(proxy);
        for (int i = 0; i < 5; i++) { // ejected ones are tried all the same if there is no other
            assertThat(client.exchange(GET).status()).isEqualTo(502);
            ExchangeRecord record = proxy.record();
            assertThat(record.failure()).isEqualTo("connect-failed");
            assertThat(record.attempts()).isEqualTo(2);
        }
    }

    @Test
    void says504WhenConnectingTakesTooLong() throws Exception {
        RunningProxy proxy = proxy(Rig.to(ports.unanswering()).connect(Duration.ofMillis(50)));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(504);
        assertThat(proxy.record().failure()).isEqualTo("connect-timeout");
    }

    @Test
    void readsOnAfterAFailureThatCameWhileTheBodyWasHeldBack() throws Exception {
        RunningProxy proxy = proxy(Rig.to(ports.unanswering()).connect(Duration.ofMillis(100)));
        RawClient client = client(proxy);
        client.send(POST.substring(0, POST.length() - 5));
        proxy.awaitCount("exchange", c -> c.exchanges(), 1);
        client.send("hello");
        Message first = client.response();
        assertThat(first.status()).isEqualTo(504);
        assertThat(first.head().has("Connection")).isFalse();
        assertThat(client.exchange(GET).status()).isEqualTo(504);
    }

    @Test
    void goesToAnotherBackendWhenAReusedConnectionCloses() throws Exception {
        RawBackend closing = backend(closingOnTheSecond());
        RawBackend other = backend(Scripts.echo());
        RunningProxy proxy = proxyTo(closing, other);
        RawClient client = client(proxy);
        for (int i = 0; i < 8; i++) {
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
        }
        assertThat(closing.accepted()).isGreaterThan(1);
    }

    @Test
    void asksTheSameBackendOnAFreshConnectionIfThereIsNoOther() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        assertThat(client.exchange(GET).head().only("X-Connection")).isEqualTo("0");
        assertThat(client.exchange(GET).head().only("X-Connection")).isEqualTo("1");
        assertThat(proxy.record().attempts()).isEqualTo(1);
        assertThat(proxy.record().attempts()).isEqualTo(2);
    }

    @Test
    void repeatsARequestWithItsBody() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RawClient client = client(proxyTo(backend));
        client.exchange(GET);
        Message response = client.exchange(PUT);
        assertThat(response.text()).isEqualTo("PUT / hello");
        assertThat(response.head().only("X-Connection")).isEqualTo("1");
        backend.request();
        assertThat(backend.request().text()).isEqualTo("hello");
        assertThat(backend.request().text()).isEqualTo("hello");
    }

    @Test
    void repeatsARequestWithAChunkedBodyOfManyParts() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RawClient client = client(proxyTo(backend));
        client.exchange(GET);
        client.send("PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 100; i++) {
            client.send("3\r\n" + (100 + i) + "\r\n");
        }
        client.send("0\r\nX-Sum: 7\r\n\r\n");
        assertThat(client.response().status()).isEqualTo(200);
        backend.request();
        Message lost = backend.request();
        Message repeated = backend.request();
        assertThat(repeated.body()).hasSize(300).isEqualTo(lost.body());
        assertThat(repeated.trailers().only("X-Sum")).isEqualTo("7");
    }

    @Test
    void doesNotRepeatARequestWhoseBodyIsTooLargeToKeep() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RunningProxy proxy = proxy(rigTo(backend).retries(3, 4));
        RawClient client = client(proxy);
        client.exchange(GET);
        assertThat(client.exchange(PUT).status()).isEqualTo(502);
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void doesNotRepeatAPost() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RawBackend other = backend(closingOnTheSecond());
        RunningProxy proxy = proxyTo(backend, other);
        RawClient client = client(proxy);
        client.exchange(GET);
        client.exchange(GET);
        assertThat(client.exchange(POST).status()).isEqualTo(502);
        proxy.record();
        proxy.record();
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("backend-closed");
        assertThat(record.attempts()).isEqualTo(1);
        assertThat(backend.unseenRequests() + other.unseenRequests()).isEqualTo(3);
    }

    @Test
    void boundsTheAttempts() throws Exception {
        RawBackend[] backends = new RawBackend[5];
        for (int i = 0; i < backends.length; i++) {
            backends[i] = backend(Scripts.once(""));
        }
        RunningProxy proxy = proxyTo(backends);
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(502);
        assertThat(proxy.record().attempts()).isEqualTo(3);
        int requests = 0;
        for (RawBackend backend : backends) {
            requests += backend.unseenRequests();
            assertThat(backend.unseenRequests()).isLessThanOrEqualTo(1);
        }
        assertThat(requests).isEqualTo(3);
    }

    @Test
    void takesNoSecondAttemptWhereRetriesAreOff() throws Exception {
        RawBackend backend = backend(Scripts.once(""));
        RunningProxy proxy = proxy(rigTo(backend, backend(Scripts.once(""))).retries(1, 1000));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(502);
        assertThat(proxy.record().attempts()).isEqualTo(1);
    }

    @Test
    void leavesNothingInFlightBehind() throws Exception {
        RawBackend backend = backend(closingOnTheSecond());
        RunningProxy proxy = proxy(Rig.to(ports.refusing(), backend.port(), ports.refusing()));
        RawClient client = client(proxy);
        for (int i = 0; i < 10; i++) {
            client.exchange(GET);
            client.exchange(POST);
        }
        assertThat(proxy.table().backends().mapToInt(LiveBackend::inFlight).sum())
                .isZero();
    }
}
