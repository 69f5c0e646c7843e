package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0:80, 0.0.0.0, 80",
        "127.0.0.1:0, 127.0.0.1, 0",
        "[::]:80, ::, 80",
        "[2001:db8::1]:65535, 2001:db8::1, 65535",
        "[::ffff:10.0.0.1]:1, ::ffff:10.0.0.1, 1",
        "worker-1:8000, worker-1, 8000",
        "my_app.internal:8000, my_app.internal, 8000",
        "1password.example.org:1, 1password.example.org, 1"
    })
    void readsHostAndPort(String text, String host, int port) {
        assertThat(AddressText.parse(text, 0)).isEqualTo(new Address(host, port));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "80 | is only a port",
                ":80 | names no host",
                "*:80 | names no host",
                "localhost | has no port",
                "[::1] | has no port",
                "http://10.0.0.1:80 | is a URL",
                "::1:80 | has more than one colon",
                "a:b:80 | has more than one colon",
                "[10.0.0.1]:80 | has no IPv6 address between its brackets",
                "[fe80::1%eth0]:80 | has no IPv6 address between its brackets",
                "[1::2::3]:80 | has no IPv6 address between its brackets",
                "10.0.0.256:80 | has a host that is neither a name nor an IP address",
                "10.0.0:80 | has a host that is neither a name nor an IP address",
                "10.0.0.01:80 | has a host that is neither a name nor an IP address",
                "-a:80 | has a host that is neither a name nor an IP address",
                "a..b:80 | has a host that is neither a name nor an IP address",
                "a b:80 | has a host that is neither a name nor an IP address",
                "localhost: | has the port \"\"",
                "localhost:http | has the port \"http\"",
                "localhost:-1 | has the port \"-1\"",
                "localhost:65536 | has the port \"65536\"",
                "localhost:80/ | has the port \"80/\"",
            })
    void refusesWithTheReason(String text, String reason) {
        assertThatThrownBy(() -> AddressText.parse(text, 0))
                .isInstanceOf(BadValue.class)
                .hasMessage(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.3:0", "worker:00"})
    void aBackendHasNoPortZero(String text) {
        assertThatThrownBy(() -> AddressText.parse(text, 1)).isInstanceOf(BadValue.class);
    }
}
