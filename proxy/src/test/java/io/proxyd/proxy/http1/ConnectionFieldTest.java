package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionFieldTest {
    @ParameterizedTest(name = "HTTP/{0} with \"{1}\"")
    @CsvSource({
        "1.1, X: y, true",
        "1.1, Connection: close, false",
        "1.1, connection: CLOSE, false",
        "1.1, Connection: keep-alive, true",
        "1.1, 'Connection: keep-alive, close', false",
        "1.1, 'Connection: close, keep-alive', false",
        "1.1, 'Connection: foo,close', false",
        "1.1, 'Connection: ,, ,\tclose , ', false",
        "1.1, 'Connection: x ,\ty\t, close\t', false",
        "1.1, Connection:, true",
        "1.1, Connection: closed, true",
        "1.1, Connection: not-close, true",
        "1.0, X: y, false",
        "1.0, Connection: keep-alive, true",
        "1.0, Connection: Keep-Alive, true",
        "1.0, 'Connection: x, keep-alive', true",
        "1.0, 'Connection: close, keep-alive', false",
        "1.0, Connection: close, false",
        "1.0, Keep-Alive: timeout=5, false",
    })
    void connectionsPersistByVersionAndOption(String version, String field, boolean keepAlive) {
        assertThat(parse(version, field).keepAlive()).isEqualTo(keepAlive);
    }

    @Test
    void allConnectionFieldsCount() {
        assertThat(parse("1.1", "Connection: keep-alive\r\nX: y\r\nConnection: close")
                        .keepAlive())
                .isFalse();
    }

    @Test
    void nominatedFieldsAreMarkedWhereverTheyStand() {
        RequestHead head = parse(
                "1.1",
                "x-one: 1\r\nConnection: X-ONE, x-absent\r\nX-Two: 2\r\nConnection: x-two\r\nX-Three: 3\r\nX-One: 4");
        assertThat(nominated(head)).containsExactly("x-one", "X-Two", "X-One");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host",
                "Content-Length",
                "Transfer-Encoding",
                "X-Forwarded-For",
                "X-Forwarded-Proto",
                "X-Forwarded-Host",
                "X-Request-Id",
                "X-Forwarded-Port",
                "X-Real-IP",
                "Forwarded",
                "X_Forwarded_For",
                "Expect"
            })
    void whatProxydActsOnCannotBeNominatedAway(String name) {
        String value = name.equals("Content-Length") ? "3" : name.equals("Expect") ? "100-continue" : "chunked";
        RequestHead head =
                parse("1.1", "Connection: " + name + (name.equals("Host") ? "" : "\r\n" + name + ": " + value));
        assertThat(nominated(head)).isEmpty();
        assertThat(Parsed.describe(head)).contains("[" + name + "=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "close;x",
                "clo/se",
                "\"close\"",
                "close=1",
                "\u00e4",
                "close, (",
                "@",
                "close foo",
                "keep-alive Te",
                "close\tx, y",
                "x, close foo"
            })
    void whatIsNoListOfTokensEndsTheConnection(String value) {
        assertThat(parse("1.1", "Connection: " + value).keepAlive()).isFalse();
        assertThat(nominated(parse("1.1", "X: 1\r\nConnection: " + value + ", x")))
                .containsExactly("X");
    }

    @ParameterizedTest
    @ValueSource(strings = {"User-Agent", "Referer", "Trailer", "Proxy-Authorization"})
    void knownFieldsThatOnlyPassCanBeNominated(String name) {
        assertThat(nominated(parse("1.1", name + ": a\r\nConnection: " + name.toLowerCase(Locale.ROOT))))
                .containsExactly(name);
    }

    private static RequestHead parse(String version, String fields) {
        RequestHead head = new RequestHead();
        head.clear();
        ByteBuf in = Unpooled.wrappedBuffer(bytes("POST / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n\r\n"));
        try {
            assertThat(new RequestHeadParser(Parsed.LIMITS).parse(head, in)).isTrue();
        } finally {
            in.release();
        }
        return head;
    }

    private static List<String> nominated(RequestHead head) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.NOMINATED) {
                names.add(head.text(head.nameStart(i), head.nameEnd(i)));
            }
        }
        return names;
    }
}
