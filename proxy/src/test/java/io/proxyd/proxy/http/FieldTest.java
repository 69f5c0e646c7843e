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
        "Forwarded, 20",
        "X-Real-IP, 21",
        "HTTP2-Settings, 22",
        "Max-Forwards, 23"
    })
    void namesAreKnownInAnyCaseAndOnlyWhole(String name, int field) {
        assertThat(id(name)).isEqualTo(field);
        assertThat(id(name.toLowerCase(Locale.ROOT))).isEqualTo(field);
        assertThat(id(name.toUpperCase(Locale.ROOT))).isEqualTo(field);
        boolean prefixed = name.startsWith("X-Forwarded");
        assertThat(id(name + "x")).isEqualTo(prefixed ? Field.X_FORWARDED_OTHER : Field.OTHER);
        assertThat(id("x" + name)).isEqualTo(Field.OTHER);
        assertThat(id(name.substring(1))).isEqualTo(Field.OTHER);
        assertThat(id(name.substring(0, name.length() - 1)))
                .isEqualTo(prefixed ? Field.X_FORWARDED_OTHER : Field.OTHER);
        assertThat(id(name.replace('-', '_') + "_")).isEqualTo(prefixed ? Field.LOOK_ALIKE : Field.OTHER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Accept",
                "Cookie",
                "User_Agent",
                "Content_Type",
                "Content-Length_",
                "Content__Length",
                "_Host",
                "X",
                "X-",
                "X-Forward",
                "X_Real_IPs",
                "Transfer_Encodin",
                "XForwardedFor",
                "Content-Lengt\u0080",
                "X",
                "Nominated"
            })
    void otherNamesAreOther(String name) {
        assertThat(id(name)).isEqualTo(Field.OTHER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"X-Forwarded", "x-forwarded-", "X-FORWARDED-PORT", "X-Forwarded-Client-Cert", "X-ForwardedFor"})
    void otherNamesThatStartWithXForwardedAreRecognised(String name) {
        assertThat(id(name)).isEqualTo(Field.X_FORWARDED_OTHER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X_Forwarded_For",
                "x-forwarded_for",
                "X_FORWARDED-FOR",
                "X.Forwarded.For",
                "X~Forwarded-Proto",
                "X_Forwarded_Whatever",
                "X-Forwarded_",
                "X_Real_IP",
                "X-Real_IP",
                "X_Request_Id",
                "X-Request|Id",
                "Content_Length",
                "CONTENT.LENGTH",
                "Transfer_Encoding",
                "transfer+encoding"
            })
    void namesThatABackendMayTakeForOneOfFramingOrTrustAreLookAlikes(String name) {
        assertThat(id(name)).isEqualTo(Field.LOOK_ALIKE);
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
        assertThat(Field.mask(Field.HOST, Field.TE, Field.NOMINATED)).isEqualTo(1 << 1 | 1 << 7 | 1 << 28);
    }

    private static int id(String name) {
        byte[] bytes = ("<" + name + ">").getBytes(StandardCharsets.ISO_8859_1);
        int hash = 0;
        for (int i = 1; i < bytes.length - 1; i++) {
            hash = Field.hashStep(hash, Field.tokenByte(bytes[i]));
        }
        return Field.id(bytes, 1, bytes.length - 1, hash);
    }
}
