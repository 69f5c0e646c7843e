package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
    private static final List<String> PARTS = List.of(
            "/", "/", "/", ".", ".", "a", "B", "%2e", "%2E", "%2F", "%2f", "%41", "%7e", "%25", "~", ";", "...", "%");

    private final SplittableRandom random = new SplittableRandom(17);

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/, /, /",
        "/a, /a, /a",
        "/a/, /a/, /a/",
        "/a//b, /a//b, /a//b",
        "//a, //a, //a",
        "/a?b=c, /a?b=c, /a",
        "/?, /?, /",
        "/a?b?c/d, /a?b?c/d, /a",
        "/a;v=1/b, /a;v=1/b, /a;v=1/b",
        // dot segments, RFC 3986 section 5.2.4
        "/., /, /",
        "/./, /, /",
        "/./a, /a, /a",
        "/a/., /a/, /a/",
        "/a/.., /, /",
        "/a/../, /, /",
        "/a/../b, /b, /b",
        "/a/b/../../c, /c, /c",
        "/a/b/../c/./d/.., /a/c/, /a/c/",
        "/a/b/c/./../../g, /a/g, /a/g",
        "/mid/content=5/../6, /mid/6, /mid/6",
        "/a//.., /a/, /a/",
        "/a//../b, /a/b, /a/b",
        "/.., /, /",
        "/../, /, /",
        "/../a, /a, /a",
        "/a/../.., /, /",
        "/a/../../b, /b, /b",
        "/%2e%2e, /, /",
        "/.%2E/a, /a, /a",
        "/../../a/../../b/, /b/, /b/",
        "/..., /..., /...",
        "/..a, /..a, /..a",
        "/a../b, /a../b, /a../b",
        "/.a, /.a, /.a",
        "/a./b, /a./b, /a./b",
        // percent-encoding of unreserved characters is needless, of others it stays as it is
        "/%61, /a, /a",
        "/%7Euser, /~user, /~user",
        "/%7euser, /~user, /~user",
        "/%41%5a%30%2D%2E%5F, /AZ0-._, /AZ0-._",
        "/a%2Fb, /a%2Fb, /a%2Fb",
        "/a%2fb, /a%2Fb, /a%2Fb",
        "/a%3Fb, /a%3Fb, /a%3Fb",
        "/%C3%A4, /%C3%A4, /%C3%A4",
        "/%25%32%65, /%252e, /%252e",
        "/%252e%252e/a, /%252e%252e/a, /%252e%252e/a",
        "/%2e/a, /a, /a",
        "/a/%2e%2E/b, /b, /b",
        "/a/.%2e/b, /b, /b",
        "/a%2f..%2fb, /a%2F..%2Fb, /a%2F..%2Fb",
        "/%c3%A4%fF, /%C3%A4%FF, /%C3%A4%FF",
        // in the query everything stays
        "/a?../..//%41%2e, /a?../..//%41%2e, /a",
        "/%61?%61, /a?%61, /a",
        "/a/..?/../b, /?/../b, /",
        // absolute-form
        "http://h/a/b?c, /a/b?c, /a/b",
        "http://h/a/../b, /b, /b",
        "http://h/../a, /a, /a",
        "http://h%41/a, /a, /a",
        "http://h, /, /",
        "http://h/, /, /",
        "http://h?q, /?q, /",
        "http://h?q/../a, /?q/../a, /",
        "https://h:443/x, /x, /x",
        "HTTP://h/x, /x, /x",
        "hTTpS://h/x, /x, /x",
    })
    void targetsAreBroughtToOneForm(String target, String normal, String path) {
        assertThat(parsed("GET", target)).startsWith("GET(GET) " + normal + " path " + path + " host ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a#b",
                "/a?b#c",
                "/a\\b",
                "/\\",
                "/%",
                "/%4",
                "/a%zz",
                "/a%4g",
                "/%%41",
                "/%?41",
                "/a?%",
                "/a?%4",
                "/%00",
                "/a?%00",
                "a",
                "a/b",
                "?a",
                "*",
                "**",
                "h:80",
                "http:",
                "http:/",
                "http://",
                "http:///a",
                "http://?a",
                "http:/h/a",
                "http//h/a",
                "httpx://h/a",
                "httpss://h/a",
                "ftp://h/a",
                "http://user@h/a",
                "http://user:secret@h/a",
                "http://h#a",
                "http://h\\a/",
                "http://h:port/",
                "http://h:65536/",
                "http://[::1/",
                "http://h%4/",
                "http://h%00/",
            })
    void refusesWhatIsNeitherPathNorUri(String target) {
        assertThat(parsed("GET", target)).isEqualTo("refused BAD_REQUEST");
    }

    @Test
    void aStarIsForOptionsOnly() {
        assertThat(parsed("OPTIONS", "*")).startsWith("OPTIONS(OPTIONS) * path * host a");
        assertThat(parsed("OPTIONS", "http://h")).startsWith("OPTIONS(OPTIONS) * path * host h");
        assertThat(parsed("OPTIONS", "http://h/")).startsWith("OPTIONS(OPTIONS) / path / host h");
        assertThat(parsed("OPTIONS", "http://h?")).startsWith("OPTIONS(OPTIONS) /? path / host h");
        assertThat(parsed("OPTIONS", "/x")).startsWith("OPTIONS(OPTIONS) /x path /x host a");
        assertThat(parsed("options", "*")).isEqualTo("refused BAD_REQUEST");
        assertThat(parsed("OPTIONS", "*/")).isEqualTo("refused BAD_REQUEST");
    }

    @Test
    void theAuthorityOfAnAbsoluteTargetCountsAlone() {
        assertThat(parsed("GET", "http://www.example.org:81/x"))
                .startsWith("GET(GET) /x path /x host www.example.org of www.example.org:81 ");
        assertThat(Parsed.request(bytes("GET http://h/ HTTP/1.1\r\n\r\n"))).isEqualTo("refused BAD_REQUEST");
        assertThat(Parsed.request(bytes("GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n")))
                .isEqualTo("refused BAD_REQUEST");
        assertThat(Parsed.request(bytes("GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n")))
                .contains(" host h of h ");
        assertThat(Parsed.request(bytes("GET http://h/ HTTP/1.0\r\n\r\n"))).contains(" host h of h ");
    }

    @Test
    void normalizingDoesWhatASlowAndPlainReadingOfTheRfcDoes() {
        for (int i = 0; i < 50_000; i++) {
            StringBuilder path = new StringBuilder("/");
            for (int k = random.nextInt(12); k > 0; k--) {
                path.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            String normal = PlainTarget.path(path.toString());
            String parsed = parsed("GET", path.toString());
            if (normal.isEmpty()) {
                assertThat(parsed).as(path.toString()).isEqualTo("refused BAD_REQUEST");
            } else {
                assertThat(parsed).as(path.toString()).startsWith("GET(GET) " + normal + " path " + normal + " host ");
                assertThat(parsed("GET", normal)).as("again " + normal).isEqualTo(parsed);
            }
        }
    }

    private static String parsed(String method, String target) {
        return Parsed.request(bytes(method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
}
