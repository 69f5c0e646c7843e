package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Backends that send more than their response has: the client gets the response, and nobody gets the rest. */
final class ExtraBytesTest extends WireTest {
    private static final String SMUGGLED = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

    private void servesOnlyTheResponse(String method, String response, String text) throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(response);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        String request = method + " / HTTP/1.1\r\nHost: a.example\r\n\r\n";
        for (int i = 1; i <= 3; i++) {
            Message answer = client.exchange(request);
            assertThat(answer.status() / 100).isIn(2, 3);
            assertThat(answer.text()).isEqualTo(text);
            int closed = i;
            Eventually.until("the backend connection is closed", () -> backend.ended() == closed);
        }
        assertThat(backend.accepted()).isEqualTo(3);
    }

    @Test
    void areDroppedBehindALength() throws Exception {
        servesOnlyTheResponse("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", "ok");
        servesOnlyTheResponse("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + SMUGGLED, "");
    }

    @Test
    void areDroppedBehindTheLastChunk() throws Exception {
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        servesOnlyTheResponse("GET", chunked + SMUGGLED, "ok");
    }

    @Test
    void areDroppedBehindResponsesWithoutABody() throws Exception {
        servesOnlyTheResponse("GET", "HTTP/1.1 204 No Content\r\n\r\n" + SMUGGLED, "");
        servesOnlyTheResponse("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", "");
    }

    @Test
    void areDroppedBehindTheResponseToHead() throws Exception {
        servesOnlyTheResponse("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "");
        servesOnlyTheResponse("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "");
    }

    @Test
    void areNotMissedBehindTheResponseToHead() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 3; i++) {
            Message answer = client.exchange("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            assertThat(answer.head().only("Content-Length")).isEqualTo("100");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }
}
