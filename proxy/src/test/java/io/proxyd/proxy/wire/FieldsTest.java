package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which field lines and which target reach the other side. */
final class FieldsTest extends WireTest {
    /** The head that the backend gets for these request lines. */
    private MessageHead forwarded(String requestLine, String... fieldLines) throws Exception {
        RawBackend backend = answering(OK);
        RawClient client = client(proxyTo(backend));
        String head = requestLine + "\r\n" + String.join("\r\n", fieldLines) + "\r\n\r\n";
        assertThat(client.exchange(head).status()).isEqualTo(200);
        return backend.request().head();
    }

    @Test
    void removesHopByHopFieldsAndThoseThatConnectionNames() throws Exception {
        MessageHead head = forwarded(
                "GET / HTTP/1.1",
                "Host: a.example",
                "Connection: keep-alive, X-Secret",
                "connection: x-other",
                "Keep-Alive: timeout=5",
                "Proxy-Connection: keep-alive",
                "TE: gzip",
                "Upgrade: websocket",
                "X-Secret: 1",
                "x-OTHER: 2",
                "X-Kept: 3",
                "Accept: */*");
        for (String gone :
                new String[] {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "X-Secret", "X-Other"}) {
            assertThat(head.has(gone)).as(gone).isFalse();
        }
        assertThat(head.only("X-Kept")).isEqualTo("3");
        assertThat(head.only("Accept")).isEqualTo("*/*");
    }

    @Test
    void saysThatTheClientTakesTrailers() throws Exception {
        MessageHead head = forwarded("GET / HTTP/1.1", "Host: a.example", "TE: trailers, deflate;q=0.5");
        assertThat(head.only("TE")).isEqualTo("trailers");
        assertThat(head.only("Connection")).isEqualTo("TE");
    }

    @Test
    void removesHopByHopFieldsFromTheResponse() throws Exception {
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nX-Kept: 2\r\nContent-Length: 2\r\n\r\nok");
        MessageHead head = client(proxyTo(backend)).get("/").head();
        for (String gone : new String[] {"Connection", "X-Hop", "Keep-Alive", "Proxy-Connection", "Upgrade"}) {
            assertThat(head.has(gone)).as(gone).isFalse();
        }
        assertThat(head.only("X-Kept")).isEqualTo("2");
    }

    @Test
    void addsADateToAResponseWithoutOne() throws Exception {
        RunningProxy proxy = proxyTo(answering(OK));
        assertThat(client(proxy).get("/").head().only("Date")).endsWith(" GMT");
    }

    @Test
    void keepsTheDateOfAResponse() throws Exception {
        String date = "Tue, 15 Nov 1994 08:12:31 GMT";
        RawBackend backend = answering("HTTP/1.1 200 OK\r\nDate: " + date + "\r\nContent-Length: 2\r\n\r\nok");
        assertThat(client(proxyTo(backend)).get("/").head().only("Date")).isEqualTo(date);
    }

    @Test
    void keepsRepeatedFieldsAndTheirOrder() throws Exception {
        MessageHead head =
                forwarded("GET / HTTP/1.1", "Cookie: a=1", "Host: a.example", "Cookie: b=2", "X-Empty:", "cookie: c=3");
        assertThat(head.all("Cookie")).containsExactly("a=1", "b=2", "c=3");
        assertThat(head.only("X-Empty")).isEmpty();
    }

    @Test
    void keepsBytesAboveAsciiInValues() throws Exception {
        assertThat(forwarded("GET / HTTP/1.1", "Host: a.example", "X-Name: Jos\u00e9")
                        .only("X-Name"))
                .isEqualTo("Jos\u00e9");
    }

    @Test
    void tellsTheBackendAboutTheClient() throws Exception {
        MessageHead head = forwarded("GET / HTTP/1.1", "Host: a.example:8080");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(head.only("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("a.example:8080");
        assertThat(head.only("X-Request-Id")).matches("[0-9a-f]{32}");
        assertThat(head.only("Host")).isEqualTo("a.example:8080");
    }

    @Test
    void replacesWhatAClientClaimsAboutItself() throws Exception {
        MessageHead head = forwarded(
                "GET / HTTP/1.1",
                "Host: a.example",
                "X-Forwarded-For: 10.0.0.1",
                "x-forwarded-for: 10.0.0.2",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: evil.example",
                "X-Request-Id: chosen");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(head.only("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("a.example");
        assertThat(head.only("X-Request-Id")).matches("[0-9a-f]{32}");
    }

    @Test
    void givesEachRequestAnIdOfItsOwn() throws Exception {
        RawBackend backend = answering(OK);
        RawClient client = client(proxyTo(backend));
        client.get("/");
        client.get("/");
        assertThat(backend.request().head().only("X-Request-Id"))
                .isNotEqualTo(backend.request().head().only("X-Request-Id"));
    }

    @Test
    void takesTheHostOfAnAbsoluteTarget() throws Exception {
        MessageHead head = forwarded("GET HTTP://b.example:81/x?y=1 HTTP/1.1", "Host: a.example");
        assertThat(head.startLine()).isEqualTo("GET /x?y=1 HTTP/1.1");
        assertThat(head.only("Host")).isEqualTo("b.example:81");
        assertThat(head.only("X-Forwarded-Host")).isEqualTo("b.example:81");
    }

    @Test
    void passesAnAbsoluteTargetWithoutAPathAsTheRoot() throws Exception {
        assertThat(forwarded("GET http://b.example?q HTTP/1.1", "Host: a.example")
                        .target())
                .isEqualTo("/?q");
    }

    @Test
    void passesTheAsteriskOfOptions() throws Exception {
        assertThat(forwarded("OPTIONS * HTTP/1.1", "Host: a.example").startLine())
                .isEqualTo("OPTIONS * HTTP/1.1");
    }

    @Test
    void turnsOptionsForAWholeServerIntoTheAsterisk() throws Exception {
        MessageHead head = forwarded("OPTIONS http://b.example HTTP/1.1", "Host: a.example");
        assertThat(head.startLine()).isEqualTo("OPTIONS * HTTP/1.1");
        assertThat(head.only("Host")).isEqualTo("b.example");
    }

    @Test
    void takesAnAbsoluteTargetBesideAnEmptyHost() throws Exception {
        assertThat(forwarded("GET http://b.example/ HTTP/1.1", "Host:").only("Host"))
                .isEqualTo("b.example");
    }

    @Test
    void countsMaxForwardsOfOptionsDown() throws Exception {
        assertThat(forwarded("OPTIONS / HTTP/1.1", "Host: a.example", "Max-Forwards: 10")
                        .only("Max-Forwards"))
                .isEqualTo("9");
        assertThat(forwarded("GET / HTTP/1.1", "Host: a.example", "Max-Forwards: 10")
                        .only("Max-Forwards"))
                .isEqualTo("10");
    }

    @Test
    void dropsFieldsThatLookLikeThoseItActsOnToABackendThatReadsUnderscoresAsHyphens() throws Exception {
        MessageHead head = forwarded(
                "GET / HTTP/1.1",
                "Host: a.example",
                "Content_Length: 5",
                "transfer_encoding: chunked",
                "X_Forwarded_For: 10.0.0.1",
                "X-Forwarded_Host: b.example",
                "X_REQUEST_ID: chosen",
                "X_Own: kept");
        for (String gone : new String[] {
            "Content_Length", "Transfer_Encoding", "X_Forwarded_For", "X-Forwarded_Host", "X_Request_Id"
        }) {
            assertThat(head.has(gone)).as(gone).isFalse();
        }
        assertThat(head.only("X_Own")).isEqualTo("kept");
    }

    @Test
    void keepsTheFramingThatConnectionNames() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        Message response = client(proxyTo(backend))
                .exchange("POST / HTTP/1.1\r\nHost: a.example\r\nConnection: Content-Length, Host, Transfer-Encoding,"
                        + " X-Forwarded-For, X-Request-Id\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(response.text()).isEqualTo("POST / hello");
        MessageHead head = backend.request().head();
        assertThat(head.only("Content-Length")).isEqualTo("5");
        assertThat(head.only("Host")).isEqualTo("a.example");
        assertThat(head.only("X-Forwarded-For")).isEqualTo("127.0.0.1");
        assertThat(head.only("X-Request-Id")).matches("[0-9a-f]{32}");
    }

    @Test
    void passesNoUpgradeToHttp2() throws Exception {
        MessageHead head = forwarded(
                "GET / HTTP/1.1",
                "Host: a.example",
                "Connection: Upgrade",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA");
        for (String gone : new String[] {"Connection", "Upgrade", "HTTP2-Settings"}) {
            assertThat(head.has(gone)).as(gone).isFalse();
        }
    }

    @Test
    void passesTheWishForTrailersOnlyWhereItIsOne() throws Exception {
        assertThat(forwarded("GET / HTTP/1.1", "Host: a.example", "TE: gzip", "TE: x, Trailers ,y")
                        .only("TE"))
                .isEqualTo("trailers");
        assertThat(forwarded("GET / HTTP/1.1", "Host: a.example", "TE: xtrailers, trailers;q=1")
                        .has("TE"))
                .isFalse();
    }

    @Test
    void passesAMethodThatItDoesNotKnow() throws Exception {
        assertThat(forwarded("PROPFIND /dav HTTP/1.1", "Host: a.example").startLine())
                .isEqualTo("PROPFIND /dav HTTP/1.1");
    }

    @Test
    void ignoresOneEmptyLineBeforeARequest() throws Exception {
        assertThat(forwarded("\r\nGET /x HTTP/1.1", "Host: a.example").target()).isEqualTo("/x");
    }

    @Test
    void normalisesTheForwardedPath() throws Exception {
        String[][] targets = {
            {"/a/./b/../c", "/a/c"},
            {"/a/b/..", "/a/"},
            {"/%7Euser/%61%2e%2E/x", "/~user/a../x"},
            {"/a/%2e%2E/x", "/x"},
            {"/a%2Fb", "/a%2Fb"},
            {"/a%2fb%c3%a4", "/a%2Fb%C3%A4"},
            {"/../a", "/a"},
            {"/%2e%2e/%2e%2e/a", "/a"},
            {"/a%2f..%2fb", "/a%2F..%2Fb"},
            {"/a;x=1/../b", "/b"},
            {"/a//b", "/a//b"},
            {"/a?x=/../%41", "/a?x=/../%41"},
            {"/.well-known/x", "/.well-known/x"},
        };
        RawBackend backend = answering(OK);
        RawClient client = client(proxyTo(backend));
        for (String[] target : targets) {
            assertThat(client.get(target[0]).status()).as(target[0]).isEqualTo(200);
            assertThat(backend.request().target()).as(target[0]).isEqualTo(target[1]);
        }
    }
}
