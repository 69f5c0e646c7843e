package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.LoopCounts;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Connections that serve many requests, on both sides. */
final class KeepAliveTest extends WireTest {
    @Test
    void servesManyRequestsOverOneConnectionOnEachSide() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 20; i++) {
            assertThat(client.get("/" + i).text()).isEqualTo("GET /" + i + " ");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void lendsAnIdleBackendConnectionToAnotherClient() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxyTo(backend);
        client(proxy).get("/1");
        client(proxy).get("/2");
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void opensAsManyBackendConnectionsAsThereAreRequestsAtOnce() throws Exception {
        RawBackend backend = backend(Scripts.silent());
        RunningProxy proxy = proxyTo(backend);
        for (int i = 0; i < 3; i++) {
            client(proxy).send("GET /" + i + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
            backend.request();
        }
        assertThat(backend.open()).isEqualTo(3);
    }

    @Test
    void keepsNoMoreIdleConnectionsThanConfigured() throws Exception {
        CountDownLatch bothAsked = new CountDownLatch(2);
        RawBackend backend = backend(connection -> {
            connection.request();
            bothAsked.countDown();
            Eventually.until("two requests at once", () -> bothAsked.getCount() == 0);
            connection.write(OK);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).pool(1, Duration.ofSeconds(20)));
        RawClient first = client(proxy).send("GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n");
        RawClient second = client(proxy).send("GET /2 HTTP/1.1\r\nHost: a.example\r\n\r\n");
        assertThat(first.response().text()).isEqualTo("ok");
        assertThat(second.response().text()).isEqualTo("ok");
        Eventually.until("the spare connection is closed", () -> backend.ended() == 1);
        proxy.awaitCount("idle backend connections", LoopCounts::idleUpstreamConnections, 1);
    }

    @Test
    void closesTheClientConnectionWhenTheClientAsksForIt() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        Message response = client.exchange("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        assertThat(backend.request().head().has("Connection")).isFalse();
    }

    @Test
    void keepsTheClientConnectionWhenTheBackendClosesItsOwn() throws Exception {
        RawBackend backend =
                backend(Scripts.once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 3; i++) {
            Message response = client.get("/");
            assertThat(response.text()).isEqualTo("ok");
            assertThat(response.head().has("Connection")).isFalse();
        }
        assertThat(backend.accepted()).isEqualTo(3);
    }

    @Test
    void closesABackendConnectionThatSendsMoreThanItsResponse() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(OK + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        assertThat(client.get("/1").text()).isEqualTo("ok");
        assertThat(client.get("/2").text()).isEqualTo("ok");
        assertThat(backend.accepted()).isEqualTo(2);
        Eventually.until("the first connection is closed", () -> backend.ended() >= 1);
    }

    @Test
    void closesAnIdleBackendConnectionThatSpeaksUnasked() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(OK);
            connection.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        assertThat(client.get("/1").text()).isEqualTo("ok");
        Eventually.until("the connection is closed", () -> backend.ended() == 1);
        assertThat(client.get("/2").text()).isEqualTo("ok");
    }

    @Test
    void forgetsAnIdleBackendConnectionThatTheBackendCloses() throws Exception {
        RawBackend backend = backend(Scripts.once(OK));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        for (int i = 0; i < 3; i++) {
            assertThat(client.exchange("POST / HTTP/1.1\r\nHost: a.example\r\n\r\n")
                            .text())
                    .isEqualTo("ok");
            proxy.awaitCount("backend connections", c -> c.upstreamConnections() + c.idleUpstreamConnections(), 0);
        }
    }

    @Test
    void closesBackendConnectionsThatLieIdleTooLong() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).pool(8, Duration.ofMillis(50)));
        client(proxy).get("/");
        Eventually.until("the idle connection is closed", () -> backend.ended() == 1);
        proxy.awaitCount("backend connections", c -> c.upstreamConnections() + c.idleUpstreamConnections(), 0);
    }

    @Test
    void doesNotKeepAConnectionLongerThanTheBackendSays() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok");
        RawClient client = client(proxyTo(backend));
        assertThat(client.get("/").head().has("Keep-Alive")).isFalse();
        client.get("/");
        assertThat(backend.accepted()).isEqualTo(2);
    }
}
