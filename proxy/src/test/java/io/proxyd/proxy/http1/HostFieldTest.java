package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostFieldTest {
    @ParameterizedTest(name = "{0} names {1}")
    @CsvSource({
        "a, a",
        "www.example.org, www.example.org",
        "WWW.Example.Org, WWW.Example.Org",
        "www.example.org., www.example.org.",
        "www.example.org:80, www.example.org",
        "www.example.org:0, www.example.org",
        "www.example.org:65535, www.example.org",
        "www.example.org:00080, www.example.org",
        "www.example.org:, www.example.org",
        "127.0.0.1:8080, 127.0.0.1",
        "[::1], [::1]",
        "[::1]:8080, [::1]",
        "[2001:DB8::a.b.c.d]:1, [2001:DB8::a.b.c.d]",
        "my_host-1.local~, my_host-1.local~",
        "a%41%2f.example:1, a%41%2f.example",
        "[v1.fe80::a+en1]:8, [v1.fe80::a+en1]",
        "[VF.x], [VF.x]",
        "xn--bcher-kva.example, xn--bcher-kva.example",
    })
    void hostsAndPortsAreToldApart(String value, String host) {
        assertThat(parsed("1.1", "Host: " + value)).contains(" host " + host + " of " + value + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host:",
                "Host: a b",
                "Host: a, b",
                "Host: a/b",
                "Host: http://a",
                "Host: user@a",
                "Host: a?b",
                "Host: a#b",
                "Host: a%4",
                "Host: a%4g",
                "Host: a%00b",
                "Host: [v1]",
                "Host: [v1.]",
                "Host: [v.a]",
                "Host: [vg.a]",
                "Host: [v1.a",
                "Host: [v1.a%41]",
                "Host: \u00e4",
                "Host: a\tb",
                "Host: a<b>",
                "Host: \"a\"",
                "Host: :80",
                "Host: a:b",
                "Host: a:-1",
                "Host: a:+1",
                "Host: a:65536",
                "Host: a:99999999999999999999",
                "Host: a:80:80",
                "Host: ::1",
                "Host: []",
                "Host: [:]",
                "Host: [::1",
                "Host: [::1]a",
                "Host: [::1]80",
                "Host: [::g]",
                "Host: [::1%eth0]",
                "Host: a[::1]",
                "Host: a\r\nHost: a",
                "Host: a\r\nhost: b",
                "X: no host"
            })
    void refusesWhatIsNotOneHost(String fields) {
        assertThat(parsed("1.1", fields)).isEqualTo("refused BAD_REQUEST");
    }

    @Test
    void http10MayDoWithout() {
        assertThat(parsed("1.0", "X: no host")).contains(" host  of  1.0 ");
        assertThat(parsed("1.0", "Host: a:1")).contains(" host a of a:1 1.0 ");
        assertThat(parsed("1.0", "Host: a b")).isEqualTo("refused BAD_REQUEST");
    }

    private static String parsed(String version, String fields) {
        return Parsed.request(bytes("GET / HTTP/" + version + "\r\n" + fields + "\r\n\r\n"));
    }
}
