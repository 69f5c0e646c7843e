package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadParserTest {
    private static final String HOST = "Host: a\r\n";

    private final RequestHead head = new RequestHead();

    @Test
    void readsAWholeHeadAndNothingBehindIt() {
        String text = "POST /a/b?c=d HTTP/1.1\r\nHost: www.example.org:8080\r\nX-One:  some \t value \t\r\n"
                + "X-Empty:\r\nContent-Length: 5\r\n\r\nhello";
        ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
        assertThat(parse(in, Parsed.LIMITS)).isTrue();
        assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("hello");
        in.release();

        assertThat(head.method()).isEqualTo(Method.POST);
        assertThat(head.targetText()).isEqualTo("/a/b?c=d");
        assertThat(head.authorityText()).isEqualTo("www.example.org:8080");
        assertThat(head.minorVersion()).isEqualTo(1);
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
        assertThat(head.contentLength()).isEqualTo(5);
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.fieldCount()).isEqualTo(4);
        assertThat(head.value(Field.OTHER)).isEqualTo("some \t value");
        assertThat(head.text(head.nameStart(2), head.nameEnd(2))).isEqualTo("X-Empty");
        assertThat(head.valueStart(2)).isEqualTo(head.valueEnd(2));
        assertThat(head.text(0, head.length())).isEqualTo(text.substring(0, text.length() - 5));
    }

    @ParameterizedTest
    @EnumSource
    void knowsTheMethods(Method method) {
        if (method == Method.CONNECT) {
            refused("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", FailureKind.METHOD_REFUSED);
            return;
        }
        if (method == Method.TRACE) {
            refused("TRACE / HTTP/1.1\r\n" + HOST + "\r\n", FailureKind.METHOD_REFUSED);
            return;
        }
        parsed(method.name() + " / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(head.method()).isEqualTo(method);
        assertThat(head.methodText()).isEqualTo(method.name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "Get", "GETT", "GE", "G", "PROPFIND", "M-SEARCH", "!#$%&'*+-.^_`|~09"})
    void otherMethodsPass(String method) {
        parsed(method + " / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(head.method()).isEqualTo(Method.OTHER);
        assertThat(head.methodText()).isEqualTo(method);
    }

    @Test
    void ignoresOneEmptyLineBeforeTheRequest() {
        parsed("\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n");
        assertThat(head.methodText()).isEqualTo("GET");
        refused("\r\n\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n", FailureKind.BAD_REQUEST);
        refused("\nGET / HTTP/1.1\r\n" + HOST + "\r\n", FailureKind.BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET  / HTTP/1.1",
                " GET / HTTP/1.1",
                "GET /  HTTP/1.1",
                "GET / HTTP/1.1 ",
                "GET\t/ HTTP/1.1",
                "GET / HTTP/1.1\r",
                "GET /a b HTTP/1.1",
                "GET / http/1.1",
                "GET / HTTP/1,1",
                "GET / HTTP/11",
                "GET / HTTP/1.11",
                "GET / HTTP/x.1",
                "GET / HTTPS/1.1",
                "GET / ",
                "GET /",
                "GET",
                "GET / HTTP/1.1\n",
                "GET /\u0000 HTTP/1.1",
                "GET /\u007f HTTP/1.1",
                "GET /\u00e4 HTTP/1.1",
                "G\u00c4T / HTTP/1.1",
                "G(T / HTTP/1.1",
                ": / HTTP/1.1"
            })
    void refusesAMalformedRequestLine(String line) {
        refused(line + "\r\n" + HOST + "\r\n", FailureKind.BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.9", "1.2", "1.9", "2.0", "3.0", "9.9"})
    void refusesOtherVersions(String version) {
        refused("GET / HTTP/" + version + "\r\n" + HOST + "\r\n", FailureKind.VERSION_UNSUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " X: folded at the first line",
                "X: 1\r\n folded",
                "X: 1\r\n\tfolded",
                "X : 1",
                "X\t: 1",
                ": no name",
                "no colon",
                "X: 1\nY: 2",
                "X: 1\rY: 2",
                "X: a\u0000b",
                "X: a\u000bb",
                "X: a\u007fb",
                "X(: 1",
                "X\u00e4: 1",
                "\"X\": 1",
                "X: 1\r\r",
                "\u0000"
            })
    void refusesAMalformedField(String field) {
        refused("GET / HTTP/1.1\r\n" + HOST + field + "\r\n\r\n", FailureKind.BAD_REQUEST);
        refused("GET / HTTP/1.1\r\n" + field + "\r\n" + HOST + "\r\n", FailureKind.BAD_REQUEST);
    }

    @Test
    void bytesAboveAsciiPassInValues() {
        parsed("GET / HTTP/1.1\r\n" + HOST + "X: \u00e4\u0080\u00ff\r\n\r\n");
        assertThat(head.value(Field.OTHER)).isEqualTo("\u00e4\u0080\u00ff");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 0 | NONE | 0",
                "Content-Length: 1 | LENGTH | 1",
                "content-length:7 | LENGTH | 7",
                "Content-Length: 007 | LENGTH | 7",
                "Content-Length: 999999999999999999 | LENGTH | 999999999999999999",
                "Transfer-Encoding: chunked | CHUNKED | -1",
                "transfer-encoding:Chunked | CHUNKED | -1",
                "X: no body | NONE | -1",
            })
    void framesTheBody(String field, Framing framing, long length) {
        parsed("POST / HTTP/1.1\r\n" + HOST + field + "\r\n\r\n");
        assertThat(head.framing()).isEqualTo(framing);
        assertThat(head.contentLength()).isEqualTo(length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: ",
                "Content-Length: +1",
                "Content-Length: -1",
                "Content-Length: 1 2",
                "Content-Length: 1, 1",
                "Content-Length: 1,",
                "Content-Length: 0x10",
                "Content-Length: 1a",
                "Content-Length: 1.0",
                "Content-Length: \u00b2",
                "Content-Length: 1000000000000000000",
                "Content-Length: 18446744073709551617",
                "Content-Length: 1\r\nContent-Length: 1",
                "Content-Length: 1\r\nContent-Length: 2",
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 1",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: ",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunkedx",
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding: ,chunked",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: chunked, gzip",
            })
    void refusesAmbiguousFraming(String fields) {
        refused("POST / HTTP/1.1\r\n" + HOST + fields + "\r\n\r\n", FailureKind.BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip, chunked", "gzip,chunked", "deflate;q=1,\tchunked"})
    void answers501ToATransferCodingItDoesNotKnow(String codings) {
        refused(
                "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: " + codings + "\r\n\r\n",
                FailureKind.TRANSFER_CODING_UNKNOWN);
    }

    @Test
    void http10KnowsNoChunks() {
        refused("POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n", FailureKind.BAD_REQUEST);
        parsed("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n");
        assertThat(head.framing()).isEqualTo(Framing.LENGTH);
    }

    @ParameterizedTest
    @CsvSource({
        "1.1, Content-Length: 1, 100-continue, true",
        "1.1, Content-Length: 1, 100-Continue, true",
        "1.1, Transfer-Encoding: chunked, 100-continue, true",
        "1.1, Content-Length: 0, 100-continue, false",
        "1.1, X: no body, 100-continue, false",
        "1.0, Content-Length: 1, 100-continue, false"
    })
    void aClientWithABodyMayExpectA100(String version, String framing, String expect, boolean expects) {
        parsed("PUT / HTTP/" + version + "\r\n" + HOST + framing + "\r\nExpect: " + expect + "\r\n\r\n");
        assertThat(head.expectContinue()).isEqualTo(expects);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "200-ok", "100-continue, 200-ok", "100"})
    void refusesOtherExpectations(String expect) {
        refused(
                "PUT / HTTP/1.1\r\n" + HOST + "Content-Length: 1\r\nExpect: " + expect + "\r\n\r\n",
                FailureKind.EXPECTATION_UNKNOWN);
    }

    @ParameterizedTest(name = "{1} with {2} in HTTP/{0}")
    @CsvSource({
        "1.1, Upgrade: websocket, Connection: Upgrade, true",
        "1.1, upgrade: WebSocket, 'connection: keep-alive, upgrade', true",
        "1.1, Upgrade: websocket, Connection: close, false",
        "1.1, Upgrade: websocket, X: y, false",
        "1.1, X: y, Connection: upgrade, false",
        "1.1, Upgrade: h2c, Connection: upgrade, false",
        "1.1, 'Upgrade: h2c, websocket', Connection: upgrade, true",
        "1.1, 'Upgrade: h2c, websocket2', Connection: upgrade, false",
        "1.0, Upgrade: websocket, Connection: upgrade, false"
    })
    void asksForWebSocketOnlyInTheOneRightWay(String version, String upgrade, String connection, boolean asks) {
        String start = " / HTTP/" + version + "\r\n" + HOST + upgrade + "\r\n" + connection + "\r\n";
        parsed("GET" + start + "\r\n");
        assertThat(head.webSocket()).isEqualTo(asks);
        parsed("POST" + start + "Content-Length: 1\r\n\r\n");
        assertThat(head.webSocket()).as("with a body").isFalse();
    }

    @Test
    void targetsUpToTheLimitPass() {
        ListenerConfig.Limits limits = new ListenerConfig.Limits(100, 10_000, 10);
        String longest = "/" + "a".repeat(99);
        assertThat(parse("GET " + longest + " HTTP/1.1\r\n" + HOST + "\r\n", limits))
                .isTrue();
        assertThat(head.targetText()).isEqualTo(longest);
        refused("GET " + longest + "a HTTP/1.1\r\n" + HOST + "\r\n", limits, FailureKind.TARGET_TOO_LONG);
        refused("GET /" + "a".repeat(5_000), limits, FailureKind.TARGET_TOO_LONG);
    }

    @Test
    void headsUpToTheLimitPass() {
        String start = "GET / HTTP/1.1\r\n" + HOST + "X: ";
        ListenerConfig.Limits limits = new ListenerConfig.Limits(100, 5_000, 10);
        String longest = start + "a".repeat(5_000 - start.length() - 4) + "\r\n\r\n";
        assertThat(parse(longest, limits)).isTrue();
        assertThat(parse(longest + "a body of any length".repeat(1_000), limits))
                .isTrue();
        refused(longest.replace("X: ", "X: a"), limits, FailureKind.HEAD_TOO_LARGE);
        refused(start + "a".repeat(100_000), limits, FailureKind.HEAD_TOO_LARGE);
        refused("G".repeat(5_001), limits, FailureKind.HEAD_TOO_LARGE);
    }

    @Test
    void fieldsUpToTheLimitPass() {
        ListenerConfig.Limits limits = new ListenerConfig.Limits(100, 10_000, 50);
        String most = "GET / HTTP/1.1\r\n" + HOST + "X: y\r\n".repeat(49);
        assertThat(parse(most + "\r\n", limits)).isTrue();
        assertThat(head.fieldCount()).isEqualTo(50);
        refused(most + "X: y\r\n\r\n", limits, FailureKind.HEAD_TOO_LARGE);
    }

    @Test
    void refusalsDoNotRepeatWhatTheClientSent() {
        assertThat(refused("GET / HTTP/1.1\r\nHost: secret secret\r\n\r\n", FailureKind.BAD_REQUEST)
                        .detail())
                .doesNotContain("secret");
    }

    @Test
    void oneParserReadsOneHeadAfterTheOther() {
        RequestHeadParser parser = new RequestHeadParser(Parsed.LIMITS);
        ByteBuf in = Unpooled.copiedBuffer(
                "\r\nPOST /1 HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
                        + "\r\nGET http://b/2?q HTTP/1.1\r\n" + HOST + "\r\nGET /3 HTTP/1.1\r\n" + HOST + "\r\nGET /4",
                StandardCharsets.ISO_8859_1);
        String[] expected = {
            "POST(POST) /1 path /1 host  of  1.0 close NONE 0 [Expect=100-continue]10 [Content-Length=0]2",
            "GET(GET) /2?q path /2 host b of b 1.1 keep-alive NONE -1 [Host=a]1",
            "GET(GET) /3 path /3 host a of a 1.1 keep-alive NONE -1 [Host=a]1"
        };
        for (String description : expected) {
            parser.reset();
            head.clear();
            assertThat(parser.parse(head, in)).isTrue();
            assertThat(Parsed.describe(head)).isEqualTo(description);
        }
        parser.reset();
        head.clear();
        assertThat(parser.parse(head, in)).isFalse();
        assertThat(in.isReadable()).isFalse();
        assertThat(in.release()).isTrue();
    }

    private void parsed(String text) {
        assertThat(parse(text, Parsed.LIMITS)).as("complete").isTrue();
    }

    private void refused(String text, ListenerConfig.Limits limits, FailureKind kind) {
        Refusal refusal = catchThrowableOfType(Refusal.class, () -> parse(text, limits));
        assertThat(refusal).as(text).isNotNull();
        assertThat(refusal.kind()).as(refusal.detail()).isEqualTo(kind);
    }

    private Refusal refused(String text, FailureKind kind) {
        Refusal refusal = catchThrowableOfType(Refusal.class, () -> parse(text, Parsed.LIMITS));
        assertThat(refusal).as(text).isNotNull();
        assertThat(refusal.kind()).as(refusal.detail()).isEqualTo(kind);
        return refusal;
    }

    private boolean parse(String text, ListenerConfig.Limits limits) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes(text));
        try {
            return parse(in, limits);
        } finally {
            in.release();
        }
    }

    private boolean parse(ByteBuf in, ListenerConfig.Limits limits) {
        head.clear();
        return new RequestHeadParser(limits).parse(head, in);
    }
}
