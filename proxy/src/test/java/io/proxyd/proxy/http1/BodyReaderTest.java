package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http1.Chunks.Result;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodyReaderTest {
    private final BodyReader reader = new BodyReader();
    private final RequestHead head = new RequestHead();

    @Test
    void aMessageWithoutBodyHasEnded() {
        begin(Framing.NONE, 0);
        assertThat(reader.ended()).isTrue();
        assertThat(Chunks.read(reader, bytes("next"))).isEqualTo(new Result("", 4, "ended"));
    }

    @ParameterizedTest
    @CsvSource({"hello, hello, 0, ended", "helloGET /, hello, 5, ended", "hell, hell, 0, open"})
    void aSizedBodyEndsAfterItsLength(String input, String body, int left, String end) {
        for (int cut = 0; cut <= input.length(); cut++) {
            begin(Framing.LENGTH, 5);
            assertThat(Chunks.read(reader, bytes(input), cut)).isEqualTo(new Result(body, left, end));
        }
    }

    @Test
    void aVeryLongBodyIsCountedInWholeNumbers() {
        begin(Framing.LENGTH, 5_000_000_000L);
        assertThat(Chunks.read(reader, new byte[100_000]).end()).isEqualTo("open");
    }

    @Test
    void aBodyUntilCloseNeverEndsByItself() {
        begin(Framing.UNTIL_CLOSE, -1);
        assertThat(Chunks.read(reader, bytes("some bytes\r\n0\r\n\r\n"), 3, 9))
                .isEqualTo(new Result("some bytes\r\n0\r\n\r\n", 0, "open"));
    }

    @Test
    void oneBodyFollowsTheOther() {
        byte[] chunked = bytes("3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            begin(Framing.CHUNKED, -1);
            assertThat(Chunks.read(reader, chunked, 1, 9, 17)).isEqualTo(new Result("abc", 0, "ended"));
            begin(Framing.CHUNKED, -1);
            reader.raw(true);
            assertThat(Chunks.read(reader, bytes("a\r\nabc"), 4).end()).isEqualTo("open");
            begin(Framing.LENGTH, 2);
            assertThat(Chunks.read(reader, bytes("abc"))).isEqualTo(new Result("ab", 1, "ended"));
        }
    }

    @ParameterizedTest(name = "{0} holds {1}")
    @CsvSource({
        "'0__', ''",
        "'5_hello_0__', hello",
        "'5_hello_6_ world_0__', hello world",
        "'000005_hello_0000__', hello",
        "'00000000000000a_0123456789_0__', 0123456789",
        "'A_0123456789_0__', 0123456789",
        "'1_0_1_0_0__', 00",
        "'1_x_0_X-Trailer: value_Y:__', x",
        "'0_Server-Timing: total;dur=3__', ''",
        "'0000000000000001_x_0__', x",
        // extensions end at this hop, and white space around them is read though nobody should send it
    })
    void aChunkedBodyIsTakenApartOrPassedAsItIs(String pattern, String body) {
        takenApartOrPassed(pattern, body, pattern);
    }

    @ParameterizedTest(name = "{0} holds {1} and passes as {2}")
    @CsvSource({
        "'5;ext_hello_0;ext__', hello, '5_hello_0__'",
        "'5;a=b;c;d=\"e f\\\"g;\t\\\\h\"_hello_0;a=\"\"__', hello, '5_hello_0__'",
        "'5 ;\ta\t= b ; c=\"\" \t_hello_0; x__', hello, '5_hello_0__'",
        // what may not stand in trailers does not pass
        "'0_Content-Length: 1__', '', '0__'",
        "'0_X: 1_transfer-encoding: chunked_Y: 2__', '', '0_X: 1_Y: 2__'",
        "'0_HOST: a_Connection: close_X-Forwarded-For: 1.2.3.4_x%forwarded%for: 1.2.3.4__', '', '0__'",
        "'1_x_0_Cookie: a_Set-Cookie: a_Authorization: a_Content-Type: a_content%type: a_Range: 0-__', x, '1_x_0__'"
    })
    void passesNoExtensionsAndNoTrailersThatMayNotStandThere(String pattern, String body, String passes) {
        takenApartOrPassed(pattern, body, passes);
    }

    private static void takenApartOrPassed(String pattern, String body, String passes) {
        String input = pattern.replace("_", "\r\n").replace('%', '_');
        String passed = passes.replace("_", "\r\n");
        String followed = input + "GET / HTTP/1.1\r\n";
        int left = followed.length() - input.length();
        Chunks.Plain plain = Objects.requireNonNull(Chunks.plainly(followed));
        assertThat(plain.result()).isEqualTo(new Result(body, left, "ended"));
        assertThat(plain.passed()).isEqualTo(passed);
        for (int cut = 0; cut <= followed.length(); cut++) {
            assertThat(Chunks.read(false, bytes(followed), cut)).isEqualTo(new Result(body, left, "ended"));
            assertThat(Chunks.read(true, bytes(followed), cut)).isEqualTo(new Result(passed, left, "ended"));
        }
        int[] everywhere = new int[followed.length()];
        for (int i = 0; i < everywhere.length; i++) {
            everywhere[i] = i;
        }
        assertThat(Chunks.read(false, bytes(followed), everywhere)).isEqualTo(new Result(body, left, "ended"));
        assertThat(Chunks.read(true, bytes(followed), everywhere)).isEqualTo(new Result(passed, left, "ended"));
        for (int end = 0; end < input.length(); end++) {
            assertThat(Chunks.read(false, bytes(input.substring(0, end))).end()).isEqualTo("open");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // size
                "_",
                "g_",
                "-1_",
                "+1_",
                "0x1_",
                " 1_x_0__",
                "1 _x_0__",
                "1\t_x_0__",
                "\u0661_",
                "\u00b2_",
                "1\nx_0__",
                "1\rx_0__",
                "1\u0000_x_0__",
                "00000000000000001_x_0__",
                "ffffffffffffffff_",
                "1000000000000000_",
                "80000000000000001_",
                // end of the data
                "1_xy_0__",
                "1_x\n0__",
                "1_x\r0__",
                "1_x0__",
                "1_x__0__",
                // extensions
                "1;_x_0__",
                "1;;a_x_0__",
                "1; _x_0__",
                "1 a_x_0__",
                "1 =a_x_0__",
                "1;a b_x_0__",
                "1;a= _x_0__",
                "1;a=b c_x_0__",
                "1;a=_x_0__",
                "1;=b_x_0__",
                "1;a=b=c_x_0__",
                "1;a=\"b_x_0__",
                "1;a=\"b\"c_x_0__",
                "1;a=\"b\\_x_0__",
                "1;a=\"\u0000\"_x_0__",
                "1;a\n_x_0__",
                "1;a\rb_x_0__",
                "1;a=\u00e4_x_0__",
                // trailers
                "0_\n",
                "0_\rx_",
                "0_ X: folded__",
                "0_X: y_ folded__",
                "0_X : y__",
                "0_: y__",
                "0_no colon__",
                "0_X: a\u0000b__",
                "0_X: y\n_",
            })
    void whatIsNotStrictlyChunkedIsRefused(String pattern) {
        String input = pattern.replace("_", "\r\n");
        assertThat(Chunks.plainly(input)).isNull();
        for (int cut = 0; cut <= input.length(); cut++) {
            assertThat(Chunks.read(false, bytes(input), cut).end()).isEqualTo("refused BAD_REQUEST");
            assertThat(Chunks.read(true, bytes(input), cut).end()).isEqualTo("refused BAD_REQUEST");
        }
    }

    @Test
    void extensionsAndTrailersAreLimited() {
        assertThat(refused("1;a=" + "b".repeat(1_000) + "\r\nx\r\n0\r\n\r\n")).isFalse();
        assertThat(refused("1;a=" + "b".repeat(1_100) + "\r\nx\r\n0\r\n\r\n")).isTrue();
        assertThat(refused("1;a=b\r\nx\r\n".repeat(1_000) + "0\r\n\r\n"))
                .as("over the whole body")
                .isTrue();
        assertThat(refused("1\r\nx\r\n".repeat(10_000) + "0\r\n\r\n")).isFalse();
        assertThat(refused("0\r\nX: " + "a".repeat(32_700) + "\r\n\r\n")).isFalse();
        assertThat(refused("0\r\nX: " + "a".repeat(32_800) + "\r\n\r\n")).isTrue();
        assertThat(refused("0\r\n" + "X: y\r\n".repeat(128) + "\r\n")).isFalse();
        assertThat(refused("0\r\n" + "X: y\r\n".repeat(129) + "\r\n")).isTrue();
    }

    private static boolean refused(String input) {
        Result result = Chunks.read(true, bytes(input));
        assertThat(Chunks.read(false, bytes(input)).end()).isEqualTo(result.end());
        return result.end().startsWith("refused");
    }

    private void begin(Framing framing, long length) {
        head.clear();
        head.framing(framing, length);
        reader.begin(head);
    }
}
