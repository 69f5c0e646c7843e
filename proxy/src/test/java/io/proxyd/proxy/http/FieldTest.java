package io.proxyd.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTest {
    @ParameterizedTest
    @CsvSource({
        "Host, 1",
        "Content-Length, 2",
        "Transfer-Encoding, 3",
        "Connection, 4",
        "Keep-Alive, 5",
        "Proxy-Connection, 6",
        "TE, 7",
        "Trailer, 8",
        "Upgrade, 9",
        "Expect, 10",
        "X-Forwarded-For, 11",
        "X-Forwarded-Proto, 12",
        "X-Forwarded-Host, 13",
        "X-Request-Id, 14",
        "Date, 15",
        "User-Agent, 16",
        "Referer, 17",
        "Proxy-Authenticate, 18",
        "Proxy-Authorization, 19",
        "HTTP2-Settings, 20",
        "Max-Forwards, 21"
    })
    void namesAreKnownInAnyCaseAndOnlyWhole(String name, int field) {
        assertThat(id(name)).isEqualTo(field);
        assertThat(id(name.toLowerCase(Locale.ROOT))).isEqualTo(field);
        assertThat(id(name.toUpperCase(Locale.ROOT))).isEqualTo(field);
        assertThat(id(name + "x")).isEqualTo(Field.OTHER);
        assertThat(id("x" + name)).isEqualTo(Field.OTHER);
        assertThat(id(name.substring(1))).isEqualTo(Field.OTHER);
        assertThat(id(name.substring(0, name.length() - 1))).isEqualTo(Field.OTHER);
        assertThat(id(name.replace('-', '_') + "_")).isEqualTo(Field.OTHER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content_Length", "TRANSFER_ENCODING", "x_forwarded-for", "X-Forwarded_Host", "HTTP2_settings"})
    void namesThatLookLikeKnownOnesAreToldApart(String name) {
        assertThat(id(name)).isEqualTo(Field.NOMINATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Accept",
                "Cookie",
                "Content__Length",
                "_Host",
                "X_Y",
                "Content-Lengt\u0080",
                "X",
                "Nominated"
            })
    void otherNamesAreOther(String name) {
        assertThat(id(name)).isEqualTo(Field.OTHER);
    }

    @Test
    void tokenBytesAreThoseOfTheRfc() {
        Set<Character> allowed = new HashSet<>();
        for (char c : "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray()) {
            allowed.add(c);
        }
        for (int b = 0; b < 256; b++) {
            int expected = allowed.contains((char) b) ? Character.toLowerCase((char) b) : 0;
            assertThat(Field.tokenByte((byte) b)).as("byte " + b).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "close, close, true",
        "CloSE, close, true",
        "closed, close, false",
        "clos, close, false",
        "'', close, false",
        "'clos\u00e5', close, false",
        "'', '', true"
    })
    void comparesTokensWhateverTheirCase(String text, String token, boolean equal) {
        byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.ISO_8859_1);
        byte[] lowerCase = token.getBytes(StandardCharsets.US_ASCII);
        assertThat(Field.equalsLowerCase(bytes, 1, bytes.length - 1, lowerCase)).isEqualTo(equal);
    }

    @Test
    void aMaskHasABitForEachField() {
        assertThat(Field.mask()).isZero();
        assertThat(Field.mask(Field.HOST, Field.TE, Field.NOMINATED)).isEqualTo(1 << 1 | 1 << 7 | 1 << 31);
    }

    private static int id(String name) {
        byte[] bytes = ("<" + name + ">").getBytes(StandardCharsets.ISO_8859_1);
        int hash = 0;
        for (int i = 1; i < bytes.length - 1; i++) {
            hash = Field.hashStep(hash, Field.nameByte(bytes[i]));
        }
        return Field.id(bytes, 1, bytes.length - 1, hash);
    }
}
