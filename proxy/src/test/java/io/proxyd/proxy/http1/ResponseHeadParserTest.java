package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadParserTest {
    private static final String REFUSED = "refused BAD_RESPONSE";

    @Test
    void readsAWholeHeadAndNothingBehindIt() {
        assertThat(Parsed.response(
                        Method.GET,
                        bytes("HTTP/1.1 200 Very OK\r\nContent-Length: 5\r\nX:  some \t value \t\r\nY:\r\n\r\nhello")))
                .isEqualTo(
                        "200 'Very OK' 1.1 keep-alive LENGTH 5 [Content-Length=5]2 [X=some \t value] [Y=] then 5 bytes");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "HTTP/1.1 200 OK, 200 'OK' 1.1 ",
        "HTTP/1.0 200 OK, 200 'OK' 1.0 ",
        "HTTP/1.1 404 Not \u00c4 found, 404 'Not \u00c4 found' 1.1 ",
        "'HTTP/1.1 200 ', 200 '' 1.1 ",
        "HTTP/1.1 200, 200 '' 1.1 ",
        "'HTTP/1.1 200  two', 200 ' two' 1.1 ",
        "HTTP/1.1 100 Continue, 100 'Continue' 1.1 ",
        "HTTP/1.1 599 Odd, 599 'Odd' 1.1 "
    })
    void readsTheStatusLine(String line, String start) {
        // CsvSource takes '' within quotes as one quote
        assertThat(Parsed.response(Method.GET, bytes(line + "\r\nContent-Length: 0\r\n\r\n")))
                .startsWith(start);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.2 200 OK",
                "HTTP/2.0 200 OK",
                "HTTP/0.9 200 OK",
                "HTTP/1.x 200 OK",
                "http/1.1 200 OK",
                " HTTP/1.1 200 OK",
                "HTTP/1.1  200 OK",
                "HTTP/1.1\t200 OK",
                "HTTP/1.1 99 No",
                "HTTP/1.1 099 No",
                "HTTP/1.1 600 No",
                "HTTP/1.1 999 No",
                "HTTP/1.1 20 OK",
                "HTTP/1.1 2000 OK",
                "HTTP/1.1 -20 OK",
                "HTTP/1.1 2xx OK",
                "HTTP/1.1 200\tOK",
                "HTTP/1.1 200OK",
                "HTTP/1.1 200 a\u0000b",
                "HTTP/1.1 200 a\rb",
                "HTTP/1.1 200 a\nb",
                "HTTP/1.1 OK then",
                "ICY 200 OK at once",
                "\r\nHTTP/1.1 200 OK",
                "SSH-2.0-OpenSSH_9.2",
                "hello and good bye"
            })
    void refusesAMalformedStatusLine(String line) {
        assertThat(Parsed.response(Method.GET, bytes(line + "\r\nContent-Length: 0\r\n\r\n")))
                .isEqualTo(REFUSED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: 1\r\n folded",
                "X : 1",
                ": no name",
                "no colon",
                "X: a\u0000b",
                "X: 1\nY: 2",
                "Content-Length: 1\r\nContent-Length: 1",
                "Content-Length: 1, 1",
                "Content-Length: -1",
                "Content-Length: ",
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"
            })
    void refusesAMalformedOrAmbiguousHead(String fields) {
        assertThat(Parsed.response(Method.GET, bytes("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n")))
                .isEqualTo(REFUSED);
    }

    @ParameterizedTest(name = "{2} to {0} with {3}")
    @CsvSource({
        "GET,  1.1, 200, Content-Length: 7, keep-alive LENGTH 7",
        "GET,  1.1, 200, Content-Length: 0, keep-alive NONE 0",
        "GET,  1.1, 200, Transfer-Encoding: chunked, keep-alive CHUNKED -1",
        "GET,  1.1, 200, X: y, close UNTIL_CLOSE -1",
        "GET,  1.0, 200, Content-Length: 7, close LENGTH 7",
        "GET,  1.0, 200, Transfer-Encoding: chunked, refused",
        "GET,  1.1, 200, Connection: close, close UNTIL_CLOSE -1",
        "GET,  1.1, 204, Connection: a b;c, close NONE -1",
        "POST, 1.1, 500, Content-Length: 7, keep-alive LENGTH 7",
        "HEAD, 1.1, 200, Content-Length: 7, keep-alive NONE 7",
        "HEAD, 1.1, 200, Transfer-Encoding: chunked, keep-alive NONE -1",
        "HEAD, 1.1, 200, X: y, keep-alive NONE -1",
        "GET,  1.1, 204, X: y, keep-alive NONE -1",
        "GET,  1.1, 204, Content-Length: 7, close NONE 7",
        "GET,  1.1, 204, Content-Length: 0, keep-alive NONE 0",
        "GET,  1.1, 204, Transfer-Encoding: chunked, close NONE -1",
        "GET,  1.1, 304, Content-Length: 7, keep-alive NONE 7",
        "GET,  1.1, 304, X: y, keep-alive NONE -1",
        "GET,  1.1, 100, X: y, keep-alive NONE -1",
        "GET,  1.1, 103, X: y, keep-alive NONE -1",
        "GET,  1.1, 101, X: y, close UNTIL_CLOSE -1",
        "GET,  1.1, 101, Content-Length: 7, close UNTIL_CLOSE -1",
        "GET,  1.1, 205, X: y, close UNTIL_CLOSE -1"
    })
    void framesTheBody(Method request, String version, int status, String field, String framing) {
        String parsed =
                Parsed.response(request, bytes("HTTP/" + version + " " + status + " Reason\r\n" + field + "\r\n\r\n"));
        assertThat(parsed).contains(framing);
    }

    @ParameterizedTest
    @CsvSource({"100, true", "103, true", "101, false", "200, false"})
    void interimResponsesAreThose1xxThatAnotherFollows(int status, boolean interim) {
        ResponseHead head = new ResponseHead();
        head.clear();
        ByteBuf in = Unpooled.wrappedBuffer(bytes("HTTP/1.1 " + status + " Reason\r\n\r\n"));
        assertThat(new ResponseHeadParser().parse(head, in, Method.GET)).isTrue();
        in.release();
        assertThat(head.interim()).isEqualTo(interim);
    }

    @Test
    void theLengthIsLimited() {
        String start = "HTTP/1.1 204 No\r\nX: ";
        String fits = start + "a".repeat(64 * 1024 - start.length() - 4) + "\r\n\r\n";
        assertThat(Parsed.response(Method.GET, bytes(fits))).startsWith("204");
        assertThat(Parsed.response(Method.GET, bytes(start + "a".repeat(70 * 1024))))
                .isEqualTo(REFUSED);
        String fields = "HTTP/1.1 204 No\r\n" + "X: y\r\n".repeat(256);
        assertThat(Parsed.response(Method.GET, bytes(fields + "\r\n"))).startsWith("204");
        assertThat(Parsed.response(Method.GET, bytes(fields + "X: y\r\n\r\n"))).isEqualTo(REFUSED);
    }

    @Test
    void oneParserReadsOneHeadAfterTheOther() {
        ResponseHeadParser parser = new ResponseHeadParser();
        ResponseHead head = new ResponseHead();
        ByteBuf in = Unpooled.copiedBuffer(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
                        + "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 2",
                StandardCharsets.ISO_8859_1);
        for (String expected : new String[] {
            "100 'Continue' 1.1 keep-alive NONE -1",
            "200 'OK' 1.0 keep-alive NONE 0 [Connection=keep-alive]4 [Content-Length=0]2",
            "204 'No' 1.1 keep-alive NONE -1"
        }) {
            parser.reset();
            head.clear();
            assertThat(parser.parse(head, in, Method.GET)).isTrue();
            assertThat(Parsed.describe(head)).isEqualTo(expected);
        }
        parser.reset();
        head.clear();
        assertThat(parser.parse(head, in, Method.GET)).isFalse();
        assertThat(in.isReadable()).isFalse();
        assertThat(in.release()).isTrue();
    }
}
