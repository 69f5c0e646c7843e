package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** How bodies are delimited, on both sides of the proxy. */
final class FramingTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

    @Test
    void passesAResponseWithALength() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-Own: 1\r\n\r\nhello");
        Message response = client(proxyTo(backend)).exchange(GET);
        assertThat(response.head().startLine()).isEqualTo("HTTP/1.1 200 Fine");
        assertThat(response.head().only("Content-Length")).isEqualTo("5");
        assertThat(response.head().only("X-Own")).isEqualTo("1");
        assertThat(response.text()).isEqualTo("hello");
        assertThat(backend.request().head().startLine()).isEqualTo("GET / HTTP/1.1");
    }

    @Test
    void passesAResponseWithoutAReason() throws Exception {
        RawBackend backend = answering("HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
        Message response = client(proxyTo(backend)).exchange(GET);
        assertThat(response.head().startLine()).isEqualTo("HTTP/1.1 299 ");
        assertThat(response.head().only("Content-Length")).isEqualTo("0");
    }

    @Test
    void passesTheLengthOfAHeadResponseAndNoBody() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) { // the second one shows that nothing was left over
            Message response = client.exchange("HEAD /file HTTP/1.1\r\nHost: a.example\r\n\r\n");
            assertThat(response.head().only("Content-Length")).isEqualTo("5000");
            assertThat(backend.request().head().startLine()).isEqualTo("HEAD /file HTTP/1.1");
        }
    }

    @Test
    void passesARequestWithALength() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        Message response = client(proxyTo(backend))
                .exchange("POST /sign HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(response.text()).isEqualTo("POST /sign hello");
        assertThat(backend.request().head().only("Content-Length")).isEqualTo("5");
    }

    @Test
    void passesALengthOfZero() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        client(proxyTo(backend)).exchange("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");
        assertThat(backend.request().head().only("Content-Length")).isEqualTo("0");
    }

    @Test
    void addsNoFramingToARequestWithoutABody() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        client(proxyTo(backend)).exchange("POST / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        MessageHead head = backend.request().head();
        assertThat(head.has("Content-Length")).isFalse();
        assertThat(head.has("Transfer-Encoding")).isFalse();
    }

    @Test
    void passesAChunkedRequestWithItsTrailersAsItStands() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        String body = "5\r\nhello\r\n00A\r\n, world...\r\n0\r\nX-Sum: 7\r\n\r\n";
        Message response = client(proxyTo(backend))
                .exchange("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                        + body);
        assertThat(response.text()).isEqualTo("POST / hello, world...");
        Message request = backend.request();
        assertThat(request.wireText()).isEqualTo(body);
        assertThat(request.trailers().only("X-Sum")).isEqualTo("7");
        assertThat(request.head().only("Trailer")).isEqualTo("X-Sum");
    }

    @Test
    void passesAChunkedResponseWithItsTrailersAsItStands() throws Exception {
        String body = "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n";
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            Message response = client.exchange(GET);
            assertThat(response.wireText()).isEqualTo(body);
            assertThat(response.trailers().only("X-Sum")).isEqualTo("5");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void passesAChunkedResponseThatComesByteByByte() throws Exception {
        String body = "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n";
        RawBackend backend = backend(connection -> {
            connection.request();
            for (char c : ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body).toCharArray()) {
                connection.write(String.valueOf(c));
            }
            connection.awaitEnd();
        });
        assertThat(client(proxyTo(backend)).exchange(GET).wireText()).isEqualTo(body);
    }

    @Test
    void chunksAResponseThatEndsWithItsConnection() throws Exception {
        RawBackend backend = backend(Scripts.once("HTTP/1.1 200 OK\r\n\r\nall there is"));
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            Message response = client.exchange(GET);
            assertThat(response.head().only("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(response.text()).isEqualTo("all there is");
        }
        assertThat(backend.accepted()).isEqualTo(2);
    }

    @Test
    void chunksAnEmptyResponseThatEndsWithItsConnection() throws Exception {
        RawBackend backend = backend(Scripts.once("HTTP/1.1 200 OK\r\n\r\n"));
        Message response = client(proxyTo(backend)).exchange(GET);
        assertThat(response.wireText()).isEqualTo("0\r\n\r\n");
    }

    @Test
    void passes204And304WithoutABody() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                String status = connection.request().target().substring(1);
                connection.write("HTTP/1.1 " + status + " X\r\nETag: \"1\"\r\nContent-Length: 7\r\n\r\n");
            }
        });
        RawClient client = client(proxyTo(backend));
        Message notModified = client.get("/304");
        assertThat(notModified.head().only("Content-Length")).isEqualTo("7");
        Message noContent = client.get("/204");
        assertThat(noContent.head().has("Content-Length")).isFalse(); // RFC 9110 section 8.6 forbids it
        assertThat(noContent.head().only("ETag")).isEqualTo("\"1\"");
        assertThat(client.get("/304").status()).isEqualTo(304);
    }

    @Test
    void keepsNoConnectionOnWhichA204AnnouncedABody() throws Exception {
        for (String field : new String[] {"Content-Length: 2", "Transfer-Encoding: chunked"}) {
            RawBackend backend = answering("HTTP/1.1 204 No Content\r\n" + field + "\r\n\r\n");
            RawClient client = client(proxyTo(backend));
            for (int i = 1; i <= 2; i++) {
                Message response = client.get("/");
                assertThat(response.status()).isEqualTo(204);
                assertThat(response.head().has("Transfer-Encoding")).isFalse();
                assertThat(backend.accepted()).isEqualTo(i);
            }
        }
        RawBackend right = answering("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
        RawClient client = client(proxyTo(right));
        client.get("/");
        client.get("/");
        assertThat(right.accepted()).isEqualTo(1);
    }

    @Test
    void passesNoChunkExtensionsAndNoTrailersThatMayNotStandThere() throws Exception {
        String body = "5 ; note=\"a;b\"\r\nhello\r\n0;x\r\nContent-Length: 7\r\nX-Sum: 7\r\nAuthorization: me\r\n"
                + "X_Forwarded_For: 10.0.0.1\r\nX-End: 8\r\n\r\n";
        String passed = "5\r\nhello\r\n0\r\nX-Sum: 7\r\nX-End: 8\r\n\r\n";
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 2; i++) {
            Message response =
                    client.exchange("POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
            assertThat(response.wireText()).isEqualTo(passed);
            assertThat(backend.request().wireText()).isEqualTo(passed);
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void passesBodiesOfManyReadsInBothDirections() throws Exception {
        RawBackend backend = backend(connection -> {
            Message request = connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + request.body().length + "\r\n\r\n");
            connection.write(request.body());
            connection.awaitEnd();
        });
        byte[] body = new byte[3 * 1024 * 1024 + 17];
        new Random(7).nextBytes(body);
        RawClient client = client(proxyTo(backend));
        client.send("PUT /big HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + body.length + "\r\n\r\n");
        client.send(body);
        assertThat(client.response().body()).isEqualTo(body);
    }

    @Test
    void passesChunkedBodiesOfManyReadsInBothDirections() throws Exception {
        RawBackend backend = backend(connection -> {
            Message request = connection.request();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            connection.write(request.wireBody());
            connection.awaitEnd();
        });
        StringBuilder body = new StringBuilder();
        Random random = new Random(11);
        while (body.length() < 2 * 1024 * 1024) {
            int size = random.nextInt(1, random.nextBoolean() ? 20 : 200_000);
            body.append(Integer.toHexString(size))
                    .append("\r\n")
                    .append("x".repeat(size))
                    .append("\r\n");
        }
        body.append("0\r\n\r\n");
        RawClient client = client(proxyTo(backend));
        client.send("PUT /big HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send(body.toString());
        assertThat(client.response().wireText()).isEqualTo(body.toString());
    }
}
