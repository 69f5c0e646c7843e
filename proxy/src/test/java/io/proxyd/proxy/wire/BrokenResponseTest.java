package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.ExchangeRecord;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Backends that break off or break the rules: the client is never shown a whole response that was none. */
final class BrokenResponseTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String GET_10 = "GET / HTTP/1.0\r\n\r\n";

    private enum End {
        CLOSE,
        RESET
    }

    private void isVisible(String request, String part, End end, String label) throws Exception {
        Gate seen = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(part);
            seen.await(); // else the reset would destroy what was sent before it
            if (end == End.RESET) {
                connection.reset();
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        client.send(request);
        MessageHead head = client.head();
        assertThat(head.status()).isEqualTo(200);
        assertThat(client.exactly(1)).hasSize(1);
        seen.open();
        boolean framed = head.has("Content-Length") || head.chunked();
        assertThat(client.endsInReset()).isEqualTo(!framed);
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo(label);
        assertThat(record.status()).isEqualTo(200);
        assertThat(record.attempts()).isEqualTo(1);
    }

    @Test
    void showsThatAResponseIsShorterThanItsLength() throws Exception {
        String part = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour";
        isVisible(GET, part, End.CLOSE, "response-truncated");
        isVisible(GET, part, End.RESET, "response-truncated");
    }

    /** Without those bytes nobody could tell where the loss was. */
    @Test
    void passesAllThatCameOfAResponseThatIsCut() throws Exception {
        String length = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
        for (int size : new int[] {0, 1, 400_010, 999_999}) {
            RawBackend backend = backend(Scripts.once(length + "x".repeat(size)));
            RunningProxy proxy = proxyTo(backend);
            RawClient client = closing(RawClient.connectNarrow(proxy.address())).send(GET);
            Eventually.until("the backend has sent all and closed", () -> backend.ended() == 1);
            assertThat(client.head().only("Content-Length")).isEqualTo("1000000");
            assertThat(client.exactly(size)).hasSize(size);
            client.expectEnd();
            assertThat(proxy.record().failure()).isEqualTo("response-truncated");
        }
    }

    @Test
    void showsThatAChunkedResponseIsCut() throws Exception {
        String chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        isVisible(GET, chunk, End.CLOSE, "response-truncated");
        isVisible(GET, chunk + "5\r\nhel", End.CLOSE, "response-truncated");
        isVisible(GET, chunk + "0\r\n", End.CLOSE, "response-truncated");
        isVisible(GET, chunk, End.RESET, "response-truncated");
    }

    @Test
    void showsToA10ClientThatAResponseIsCut() throws Exception {
        String chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        isVisible(GET_10, chunk, End.CLOSE, "response-truncated");
        isVisible(GET_10, "HTTP/1.1 200 OK\r\n\r\nhello", End.RESET, "response-truncated");
    }

    @Test
    void showsThatAResponseThatShouldEndWithItsConnectionWasReset() throws Exception {
        isVisible(GET, "HTTP/1.1 200 OK\r\n\r\nhello", End.RESET, "response-truncated");
    }

    @Test
    void showsThatTheChunksOfAResponseAreMalformed() throws Exception {
        String chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
        Gate seen = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(chunk);
            seen.await();
            connection.write("xyz\r\n");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy).send(GET);
        client.head();
        client.exactly(1);
        seen.open();
        assertThat(client.endsInReset()).isFalse();
        assertThat(proxy.record().failure()).isEqualTo("bad-response");
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void says502ToAResponseThatCannotBeRead() throws Exception {
        Map<String, String> responses = new LinkedHashMap<>();
        String ok = "HTTP/1.1 200 OK\r\n";
        responses.put("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n");
        responses.put("HTTP/2", "HTTP/2.0 200 OK\r\n\r\n");
        responses.put("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n");
        responses.put("a status below 100", "HTTP/1.1 099 OK\r\n\r\n");
        responses.put("a status above 599", "HTTP/1.1 600 OK\r\n\r\n");
        responses.put("no space before the reason", "HTTP/1.1 200OK\r\n\r\n");
        responses.put("bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
        responses.put("length and chunked", ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        responses.put("two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok");
        responses.put("a length that is no number", ok + "Content-Length: two\r\n\r\nok");
        responses.put("an unknown coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
        responses.put("chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        responses.put("space before the colon", ok + "X : 1\r\nContent-Length: 2\r\n\r\nok");
        responses.put("folding", ok + "X: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok");
        responses.put("switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
        responses.put("a head of 70 KB", ok + "X: " + "y".repeat(70_000) + "\r\n\r\n");
        responses.put("300 fields", ok + "X: 1\r\n".repeat(300) + "\r\n");
        for (Map.Entry<String, String> response : responses.entrySet()) {
            RawBackend backend = backend(connection -> {
                connection.request();
                connection.write(response.getValue());
                connection.awaitEnd();
            });
            RunningProxy proxy = proxyTo(backend);
            RawClient client = client(proxy);
            for (int i = 1; i <= 2; i++) {
                Message answer = client.exchange(GET);
                assertThat(answer.status()).as(response.getKey()).isEqualTo(502);
                assertThat(answer.head().has("Connection"))
                        .as(response.getKey())
                        .isFalse();
                assertThat(proxy.record().failure()).as(response.getKey()).isEqualTo("bad-response");
                int connections = i;
                Eventually.until(
                        "the connection is closed: " + response.getKey(), () -> backend.ended() == connections);
            }
        }
    }

    @Test
    void says502ToChunksThatCannotBeReadBeforeTheClientGotAnyOfIt() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String chunks : new String[] {
            "x\r\n", "2 \r\nok\r\n0\r\n\r\n", "2\nok\n0\n\n", "2\r\nokay\r\n0\r\n\r\n", "fffffffffffffffff\r\nok"
        }) {
            RawBackend backend = answering(head + chunks);
            RunningProxy proxy = proxyTo(backend);
            RawClient client = client(proxy);
            assertThat(client.exchange(GET).status()).as(chunks).isEqualTo(502);
            assertThat(proxy.record().failure()).as(chunks).isEqualTo("bad-response");
            assertThat(client.exchange(GET).status())
                    .as("the connection goes on")
                    .isEqualTo(502);
            Eventually.until("the backend connections are closed", () -> backend.ended() == 2);
        }
    }

    @Test
    void says502ToABackendThatSendsInterimResponsesWithoutEnd() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            while (true) {
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            }
        });
        RunningProxy proxy = proxyTo(backend);
        assertThat(client(proxy).exchange(GET_10).status()).isEqualTo(502);
        RawClient client = client(proxy).send(GET);
        int interims = 0;
        MessageHead head = client.head();
        while (head.status() == 103) {
            interims++;
            head = client.head();
        }
        assertThat(head.status()).isEqualTo(502);
        assertThat(interims).isEqualTo(100);
    }

    /** A body behind a head that has none: its bytes could be taken for the next response. */
    @Test
    void keepsNoConnectionOnWhichMoreCameThanTheResponse() throws Exception {
        String evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
        for (String response : new String[] {
            "HTTP/1.1 200 OK\r\nContent-Length: " + evil.length() + "\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: " + evil.length() + "\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        }) {
            RawBackend backend = answering(response + evil);
            RawClient client = client(proxyTo(backend));
            for (int i = 1; i <= 2; i++) {
                Message answer = client.exchange("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n");
                assertThat(answer.head().startLine()).isEqualTo(response.substring(0, response.indexOf('\r')));
                assertThat(backend.accepted()).as(response).isEqualTo(i);
            }
        }
    }

    @Test
    void tellsTheClientNothingAboutTheBackend() throws Exception {
        RunningProxy proxy = proxyTo(backend(Scripts.once("nonsense\r\n")));
        assertThat(client(proxy).exchange(GET).text()).isEqualTo("502 Bad Gateway\nproxyd: bad-response\n");
    }

    @Test
    void says502ToARequestThatMustNotBeRepeated() throws Exception {
        RawBackend backend = backend(Scripts.once(""));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        Message response = client.exchange("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(response.status()).isEqualTo(502);
        assertThat(proxy.record().failure()).isEqualTo("backend-closed");
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void says504WhenTheResponseStallsWithinItsHead() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Le");
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rigTo(backend).responseHead(java.time.Duration.ofMillis(50)));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(504);
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }
}
