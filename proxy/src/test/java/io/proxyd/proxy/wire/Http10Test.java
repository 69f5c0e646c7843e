package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Clients and backends of the older version. */
final class Http10Test extends WireTest {
    private static final String GET = "GET /old HTTP/1.0\r\nHost: a.example\r\n\r\n";
    private static final String GET_AND_KEEP = "GET /old HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n";

    @Test
    void closesAfterTheResponseToAClientThatDidNotAskToKeepTheConnection() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        Message response = client.exchange(GET);
        assertThat(response.text()).isEqualTo("GET /old ");
        assertThat(response.head().has("Connection")).isFalse();
        client.expectEnd();
        assertThat(backend.request().head().startLine()).isEqualTo("GET /old HTTP/1.1");
    }

    @Test
    void keepsTheConnectionOfAClientThatAskedForIt() throws Exception {
        RawClient client = client(proxyTo(backend(Scripts.echo())));
        for (int i = 0; i < 3; i++) {
            Message response = client.exchange(GET_AND_KEEP);
            assertThat(response.head().only("Connection")).isEqualTo("keep-alive");
            assertThat(response.text()).isEqualTo("GET /old ");
        }
    }

    @Test
    void decodesAChunkedResponseAndEndsItWithTheConnection() throws Exception {
        RawBackend backend = answering(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n");
        RunningProxy proxy = proxyTo(backend);
        for (String request : new String[] {GET, GET_AND_KEEP}) {
            RawClient client = client(proxy);
            Message response = client.exchange(request);
            assertThat(response.head().has("Transfer-Encoding")).isFalse();
            assertThat(response.head().has("Content-Length")).isFalse();
            assertThat(response.head().all("Connection")).doesNotContain("keep-alive");
            assertThat(response.text()).isEqualTo("abcde");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void endsACloseDelimitedResponseWithTheConnection() throws Exception {
        RunningProxy proxy = proxyTo(backend(Scripts.once("HTTP/1.1 200 OK\r\n\r\nall there is")));
        Message response = client(proxy).exchange(GET_AND_KEEP);
        assertThat(response.head().has("Transfer-Encoding")).isFalse();
        assertThat(response.text()).isEqualTo("all there is");
    }

    @Test
    void namesTheBackendAsHostWhereTheClientNamedNone() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        client(proxyTo(backend)).exchange("GET / HTTP/1.0\r\n\r\n");
        MessageHead head = backend.request().head();
        assertThat(head.only("Host")).isEqualTo("127.0.0.1:" + backend.port());
        assertThat(head.has("X-Forwarded-Host")).isFalse();
    }

    @Test
    void passesNoInterimResponse() throws Exception {
        RawBackend backend = answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK);
        Message response = client(proxyTo(backend)).exchange(GET);
        assertThat(response.status()).isEqualTo(200);
    }

    @Test
    void takesAnswersOfABackendThatClosesAfterEach() throws Exception {
        RawBackend backend = backend(Scripts.once("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        RawClient client = client(proxyTo(backend));
        for (int i = 0; i < 3; i++) {
            Message response = client.get("/");
            assertThat(response.head().startLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(response.text()).isEqualTo("ok");
        }
        assertThat(backend.accepted()).isEqualTo(3);
    }

    @Test
    void keepsTheConnectionToABackendThatOffersIt() throws Exception {
        RawBackend backend = answering("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
        RawClient client = client(proxyTo(backend));
        assertThat(client.get("/").text()).isEqualTo("ok");
        assertThat(client.get("/").text()).isEqualTo("ok");
        assertThat(backend.accepted()).isEqualTo(1);
    }
}
