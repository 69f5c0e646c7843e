package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests that two readers could understand in two ways, or that are too much: answered, and shown to no backend. */
final class RefusalTest extends WireTest {
    private static final String END = "\r\n\r\n";

    private void refuses(int status, Map<String, String> requests) throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).limits(100, 1000, 10));
        for (Map.Entry<String, String> request : requests.entrySet()) {
            RawClient client = client(proxy);
            client.send(request.getValue());
            Message response = client.response();
            assertThat(response.status()).as(request.getKey()).isEqualTo(status);
            assertThat(response.head().all("Connection")).as(request.getKey()).doesNotContain("keep-alive");
            client.expectEnd();
            assertThat(proxy.record().status()).as(request.getKey()).isEqualTo(status);
        }
        assertThat(backend.accepted()).isZero();
    }

    @Test
    void refusesAmbiguousHeads() throws Exception {
        Map<String, String> requests = new LinkedHashMap<>();
        String get = "GET / HTTP/1.1\r\nHost: a.example\r\n";
        String post = "POST / HTTP/1.1\r\nHost: a.example\r\n";
        requests.put("two lengths", post + "Content-Length: 5\r\nContent-Length: 6" + END + "hello");
        requests.put("the same length twice", post + "Content-Length: 5\r\nContent-Length: 5" + END + "hello");
        requests.put("a list of lengths", post + "Content-Length: 5, 5" + END + "hello");
        requests.put("a signed length", post + "Content-Length: +5" + END + "hello");
        requests.put("a hexadecimal length", post + "Content-Length: 0x5" + END + "hello");
        requests.put("an empty length", post + "Content-Length:" + END);
        requests.put("a length beyond all measure", post + "Content-Length: 99999999999999999999" + END);
        requests.put("length and chunked", post + "Content-Length: 5\r\nTransfer-Encoding: chunked" + END + "0" + END);
        requests.put("two transfer codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + END);
        requests.put("chunked not last", post + "Transfer-Encoding: chunked, gzip" + END);
        requests.put("an unknown coding alone", post + "Transfer-Encoding: xchunked" + END);
        requests.put("chunked in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked" + END + "0" + END);
        requests.put("a bare LF", "GET / HTTP/1.1\nHost: a.example\n\n");
        requests.put("a bare LF at the end of a field", get + "X: 1\n\r\n");
        requests.put("a bare CR", get + "X: 1\r2" + END);
        requests.put("line folding", get + "X: 1\r\n 2" + END);
        requests.put("line folding of the first field", "GET / HTTP/1.1\r\n Host: a.example" + END);
        requests.put("space before the colon", get + "Content-Length : 5" + END);
        requests.put("an empty name", get + ": 5" + END);
        requests.put("a space in a name", get + "X Y: 5" + END);
        requests.put("a NUL in a value", get + "X: \0" + END);
        requests.put("no host", "GET / HTTP/1.1\r\nAccept: */*" + END);
        requests.put("two hosts", get + "Host: a.example" + END);
        requests.put("an empty host", "GET / HTTP/1.1\r\nHost:" + END);
        requests.put("a host with a path", "GET / HTTP/1.1\r\nHost: a.example/x" + END);
        requests.put("a host with user information", "GET / HTTP/1.1\r\nHost: me@a.example" + END);
        requests.put("a host with a bad port", "GET / HTTP/1.1\r\nHost: a.example:http" + END);
        requests.put("two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a.example" + END);
        requests.put("no version", "GET /\r\nHost: a.example" + END);
        requests.put("a lower-case version", "GET / http/1.1\r\nHost: a.example" + END);
        requests.put("a target without a slash", "GET x HTTP/1.1\r\nHost: a.example" + END);
        requests.put("a fragment", "GET /#x HTTP/1.1\r\nHost: a.example" + END);
        requests.put("a broken escape", "GET /%zz HTTP/1.1\r\nHost: a.example" + END);
        requests.put("an encoded NUL", "GET /%00 HTTP/1.1\r\nHost: a.example" + END);
        requests.put("a control byte in the method", "G\1T / HTTP/1.1\r\nHost: a.example" + END);
        requests.put("TLS", "\26\3\1\2\0\1\0\1");
        refuses(400, requests);
    }

    @Test
    void refusesABrokenChunkedBody() throws Exception {
        String head = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxyTo(backend);
        for (String body : new String[] {
            "x\r\n",
            "5 \r\nhello\r\n",
            "5\nhello\r\n",
            "5\r\nhello!\r\n",
            "-1\r\n",
            "fffffffffffffffff\r\n",
            "5;a b\r\nhello\r\n",
            "5;a\nb\r\nhello\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "0\r\n\n",
            "0\r\nX : 1\r\n\r\n",
            "\r\n"
        }) {
            RawClient client = client(proxy);
            client.send(head + body);
            assertThat(client.response().status()).as(body).isEqualTo(400);
            client.expectEnd();
            assertThat(proxy.record().failure()).as(body).isEqualTo("bad-request");
        }
        proxy.awaitCount("backend connections in use", c -> c.upstreamConnections() - c.idleUpstreamConnections(), 0);
        assertThat(backend.unseenRequests()).isZero();
    }

    @Test
    void refusesATargetThatIsTooLong() throws Exception {
        refuses(
                414,
                Map.of(
                        "complete", "GET /" + "a".repeat(100) + " HTTP/1.1\r\nHost: a.example" + END,
                        "without end", "GET /" + "a".repeat(500)));
    }

    @Test
    void refusesAHeadThatIsTooLarge() throws Exception {
        refuses(
                431,
                Map.of(
                        "one long field",
                        "GET / HTTP/1.1\r\nHost: a.example\r\nX: " + "a".repeat(1000) + END,
                        "without end",
                        "GET / HTTP/1.1\r\nX: " + "a".repeat(2000),
                        "many fields",
                        "GET / HTTP/1.1\r\nHost: a.example\r\n" + "X: 1\r\n".repeat(10) + "\r\n"));
    }

    @Test
    void refusesOtherVersions() throws Exception {
        refuses(
                505,
                Map.of(
                        "2.0", "GET / HTTP/2.0\r\nHost: a.example" + END,
                        "1.2", "GET / HTTP/1.2\r\nHost: a.example" + END,
                        "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    }

    @Test
    void servesNeitherConnectNorTrace() throws Exception {
        Map<String, String> requests = new LinkedHashMap<>();
        requests.put("CONNECT", "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80" + END);
        requests.put("CONNECT and a path", "CONNECT / HTTP/1.1\r\nHost: a.example" + END);
        requests.put("TRACE", "TRACE / HTTP/1.1\r\nHost: a.example" + END);
        requests.put("the last hop", "OPTIONS / HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 0" + END);
        refuses(405, requests);
    }

    @Test
    void refusesTransferCodingsBesideChunked() throws Exception {
        refuses(
                501,
                Map.of(
                        "gzip",
                        "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: gzip, chunked" + END + "0" + END));
    }

    @Test
    void refusesUnknownExpectations() throws Exception {
        String get = "GET / HTTP/1.1\r\nHost: a.example\r\n";
        refuses(
                417,
                Map.of(
                        "tea",
                        get + "Expect: tea" + END,
                        "tea behind 100-continue",
                        get + "Expect: 100-continue\r\nExpect: tea" + END,
                        "a list",
                        get + "Expect: 100-continue, tea" + END));
    }

    @Test
    void servesTheNextConnectionAfterARefusal() throws Exception {
        RunningProxy proxy = proxyTo(backend(Scripts.echo()));
        client(proxy).send("nonsense\r\n\r\n").response();
        assertThat(client(proxy).get("/").status()).isEqualTo(200);
    }
}
