package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Responses before the request is complete: interim ones, and final ones that come early. */
final class ExpectationTest extends WireTest {
    private static final String EXPECTING =
            "POST /sign HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

    private static String post(int length) {
        return "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void relaysTheExpectationAndItsAnswer() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                MessageHead head = connection.head();
                assertThat(head.only("Expect")).isEqualTo("100-continue");
                connection.write("HTTP/1.1 100 Continue\r\n\r\n");
                connection.exactly(5);
                connection.write(OK);
            }
        });
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            MessageHead interim = client.send(EXPECTING).head();
            assertThat(interim.startLine()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(interim.fields()).isEmpty();
            assertThat(client.send("hello").response().text()).isEqualTo("ok");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void endsTheConnectionWhenTheExpectationIsNotMet() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        Message response = client.exchange(EXPECTING);
        assertThat(response.status()).isEqualTo(401);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void ignoresTheExpectationOfA10Client() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        client.send("POST / HTTP/1.0\r\nHost: a.example\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
        assertThat(client.response().text()).isEqualTo("POST / hello");
        assertThat(backend.request().head().has("Expect")).isFalse();
    }

    @Test
    void ignoresAnExpectationWithoutABody() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        client(proxyTo(backend)).exchange("GET / HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\n\r\n");
        assertThat(backend.request().head().has("Expect")).isFalse();
    }

    @Test
    void passesTheBodyOfAClientThatDoesNotWaitToBeAsked() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                connection.head();
                connection.exactly(5);
                connection.write("HTTP/1.1 100 Continue\r\n\r\n" + OK);
            }
        });
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            client.send(EXPECTING + "hello");
            assertThat(client.head().status()).isEqualTo(100);
            assertThat(client.response().text()).isEqualTo("ok");
        }
    }

    @Test
    void passesTheBodyOfAClientThatTiresOfABackendThatKnowsNoExpectations() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend)).send(EXPECTING);
        Eventually.until("the backend has the head", () -> backend.accepted() == 1);
        assertThat(client.send("hello").response().text()).isEqualTo("POST /sign hello");
        assertThat(client.exchange(EXPECTING + "again").text()).isEqualTo("POST /sign again");
    }

    @Test
    void passes100ToAClientThatDidNotAsk() throws Exception {
        RawBackend backend = answering("HTTP/1.1 100 Continue\r\n\r\n" + OK);
        RawClient client = client(proxyTo(backend));
        client.send(post(2) + "hi");
        assertThat(client.head().status()).isEqualTo(100);
        assertThat(client.response().text()).isEqualTo("ok");
    }

    @Test
    void doesNotTakeInterimResponsesForAnAnswerInTime() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            while (true) {
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
                java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
            }
        });
        RunningProxy proxy = proxy(rigTo(backend).responseHead(Duration.ofMillis(200)));
        RawClient client = client(proxy).send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        MessageHead head = client.head();
        while (head.status() == 103) {
            head = client.head();
        }
        assertThat(head.status()).isEqualTo(504);
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void refusesInterimResponsesWithoutEnd() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            while (true) {
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        int hints = 0;
        MessageHead head = client.head();
        while (head.status() == 103) {
            hints++;
            head = client.head();
        }
        assertThat(head.status()).isEqualTo(502);
        assertThat(hints).isEqualTo(100);
        assertThat(proxy.record().failure()).isEqualTo("bad-response");
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void passesInterimResponses() throws Exception {
        RawBackend backend = answering(
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + "HTTP/1.1 102 Processing\r\n\r\n" + OK);
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            MessageHead hints = client.head();
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.only("Link")).isEqualTo("</a.css>");
            assertThat(client.head().status()).isEqualTo(102);
            assertThat(client.response().text()).isEqualTo("ok");
        }
    }

    @Test
    void passesAnInterimResponseBeforeTheFinalOneIsThere() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
            connection.request(); // never comes
        });
        RawClient client = client(proxyTo(backend));
        assertThat(client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
                        .head()
                        .status())
                .isEqualTo(103);
    }

    @Test
    void passesAFinalResponseWhileTheBodyIsStillComing() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        Message response = client.send(post(100_000) + "only a part").response();
        assertThat(response.status()).isEqualTo(413);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void passesAnEarlyResponseToAClientThatSendsAllBeforeItReads() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        client.send(post(4_000_000)).send(new byte[4_000_000]);
        assertThat(client.response().status()).isEqualTo(413);
    }

    @Test
    void passesAnEarlyResponseOfABackendThatClosesOnTheBody() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.exactly(10);
            connection.write("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
            connection.close(); // with unread bytes: the kernel resets the connection
        });
        RunningProxy proxy = proxyTo(backend);
        for (int i = 0; i < 50; i++) {
            RawClient client = client(proxy);
            client.send(post(3_000_000)).send(new byte[3_000_000]);
            Message response = client.response();
            assertThat(response.status()).as("%s", proxy.record()).isEqualTo(413);
            assertThat(response.text()).isEqualTo("big");
        }
    }

    @Test
    void streamsBothWaysAtOnce() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.head();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
            for (int i = 0; i < 10; i++) {
                connection.write(connection.exactly(1));
            }
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend));
        assertThat(client.send(post(10)).head().status()).isEqualTo(200);
        for (char c = '0'; c <= '9'; c++) {
            assertThat(client.send(String.valueOf(c)).exactly(1)).containsExactly(c);
        }
        client.expectEnd(); // as it was announced when the end of the body was not in sight
    }
}
