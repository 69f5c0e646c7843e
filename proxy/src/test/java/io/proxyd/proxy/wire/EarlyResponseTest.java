package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.LoopCounts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Final responses that come while the client is still sending: they arrive whole, and nothing hangs. */
final class EarlyResponseTest extends WireTest {
    private static final int BODY_BYTES = 20_000_000;
    private static final int ANSWER_BYTES = 300_000;
    private static final String TOO_LARGE =
            "HTTP/1.1 413 Content Too Large\r\nContent-Length: " + ANSWER_BYTES + "\r\n\r\n" + "x".repeat(ANSWER_BYTES);
    private static final String SIZED =
            "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + BODY_BYTES + "\r\n\r\n";
    private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(BODY_BYTES) + "\r\n";

    /** Sends all that it can before it reads, as simple clients do. */
    private void answersAStubbornClient(RawBackend backend) throws Exception {
        RunningProxy proxy = proxyTo(backend);
        for (String head : new String[] {SIZED, CHUNKED}) {
            RawClient client = client(proxy).send(head).send(new byte[BODY_BYTES]);
            Message response = client.response();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.head().only("Connection")).isEqualTo("close");
            assertThat(response.body()).hasSize(ANSWER_BYTES);
            client.close();
            assertThat(proxy.record().failure()).isNull();
        }
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
    }

    @Test
    void arrivesFromABackendThatReadsOn() throws Exception {
        answersAStubbornClient(backend(connection -> {
            connection.head();
            connection.write(TOO_LARGE);
            connection.awaitEnd();
        }));
    }

    @Test
    void arrivesFromABackendThatReadsNoMore() throws Exception {
        Gate over = new Gate();
        RawBackend backend = closing(RawBackend.narrow(connection -> {
            connection.head();
            connection.write(TOO_LARGE);
            over.await();
        }));
        answersAStubbornClient(backend);
        over.open();
    }

    @Test
    void arrivesFromABackendThatClosesItsEndAndReadsOn() throws Exception {
        answersAStubbornClient(backend(connection -> {
            connection.head();
            connection.write(TOO_LARGE);
            connection.halfClose();
            connection.awaitEnd();
        }));
    }

    @Test
    void arrivesFromABackendThatAnswersLateAndHasNotReadMuch() throws Exception {
        Gate over = new Gate();
        RawBackend backend = closing(RawBackend.narrow(connection -> {
            connection.head();
            connection.exactly(1_000_000);
            connection.write(TOO_LARGE);
            over.await();
        }));
        answersAStubbornClient(backend);
        over.open();
    }

    @Test
    void isLeftTimeToArriveWhileTheClientSendsOn() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write(TOO_LARGE);
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend)).send(SIZED);
        long start = System.nanoTime();
        Eventually.until("a client has sent for longer than proxyd waits for one that is silent", () -> {
            client.send("x");
            return System.nanoTime() - start > Duration.ofSeconds(4).toNanos();
        });
        assertThat(client.response().body()).hasSize(ANSWER_BYTES);
        client.expectEnd();
    }

    @Test
    void doesNotHoldAConnectionWhoseClientFallsSilent() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write(TOO_LARGE);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(SIZED);
        assertThat(client.response().status()).isEqualTo(413);
        client.expectEnd();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void leavesTheNextRequestOfAnotherClientAlone() throws Exception {
        RawBackend backend = backend(connection -> {
            MessageHead head = connection.head();
            if (head.method().equals("POST")) {
                connection.write(TOO_LARGE);
                connection.awaitEnd();
            } else {
                connection.write(OK);
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(SIZED).send(new byte[1_000_000]);
        assertThat(client.response().status()).isEqualTo(413);
        assertThat(client(proxy).get("/").text()).isEqualTo("ok");
    }

    @Test
    void keepsBothConnectionsWhenTheBodyCameJustInTime() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                connection.head();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
                connection.exactly(5);
                connection.write("done");
            }
        });
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 3; i++) {
            client.send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.response().text()).isEqualTo("done");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void isPassedToAClientThatExpectedToBeAskedForItsBody() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
        });
        RunningProxy proxy = proxyTo(backend);
        String expecting = SIZED.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        RawClient obedient = client(proxy).send(expecting);
        assertThat(obedient.response().text()).isEqualTo("big");
        obedient.expectEnd();
        RawClient hasty = client(proxy).send(expecting).send(new byte[BODY_BYTES]);
        assertThat(hasty.response().text()).isEqualTo("big");
    }

    @Test
    void ofTheProxyItselfArrivesToo() throws Exception {
        RunningProxy proxy = proxy(new io.proxyd.proxy.Rig().service("app", 1).route("*", "/app", "app"));
        RawClient client = client(proxy).send(SIZED).send(new byte[BODY_BYTES]);
        assertThat(client.response().status()).isEqualTo(404);
        RawClient broken = client(proxy)
                .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
                .send(new byte[BODY_BYTES]);
        assertThat(broken.response().status()).isEqualTo(400);
    }
}
