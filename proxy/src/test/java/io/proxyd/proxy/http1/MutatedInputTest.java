package io.proxyd.proxy.http1;

import static io.proxyd.proxy.http1.Parsed.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http1.Chunks.Result;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What holds for any bytes in any pieces: the same result however they are cut, no exception but a refusal, no buffer kept.
 * The random inputs are the same in each run.
 */
class MutatedInputTest {
    private static final int MUTATIONS = 70_000;
    private static final byte[] SPICE = bytes("\r\n \t:;,=/?#%.*\"\\[]@0129aAfFzZ\u0000\u007f\u0080\u00ff");

    static final List<String> REQUESTS = List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nGET /a/../%62/./c?d=%20&e#f HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "POST http://www.example.org:8080/a//b?x HTTP/1.1\r\nHost: b\r\nContent-Length: 12\r\n\r\nhello, world",
            "PUT /upload HTTP/1.1\r\nHOST: [::1]:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue"
                    + "\r\nTrailer: X-Sum\r\nTE: trailers\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a.\r\nConnection: close, X-Hop,, te\r\nX-Hop: \t1 \t\r\nX-Empty:\r\nCookie: a=b; c=d\r\n\r\n",
            "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
            "PROPFIND /%C3%A4/%2F%2e%2E/x;y=z HTTP/1.1\r\nHost: a_b~c\r\nX-Forwarded-For: 1.2.3.4\r\n\r\nGET /next HTTP/1.1\r\n",
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n");

    static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.0 404\r\nConnection: keep-alive, x-a\r\nX-A: b\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 503 Very \u00e4 busy\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nSet-Cookie:\tc=d \r\n\r\n0\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n");

    static final List<String> CHUNKED = List.of(
            "5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
            "3;a=b;c=\"d\\\" e\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n",
            "1\r\n0\r\n1\r\n\r\r\n2;x\r\n\r\n\r\n0;last\r\n\r\n");

    /** The grammar of RFC 9112 section 3 and 5, to which every accepted head must keep. */
    private static final Pattern REQUEST =
            Pattern.compile("(?:\\r\\n)?[!#$%&'*+\\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP/1\\.[01]\\r\\n"
                    + "(?:[!#$%&'*+\\-.^_`|~0-9A-Za-z]+:[\\t\\x20-\\x7E\\x80-\\xFF]*\\r\\n)*\\r\\n");

    private static final Pattern DOTS = Pattern.compile("/\\.\\.?(/|$)");

    private final SplittableRandom random = new SplittableRandom(20_260_101);

    @ParameterizedTest
    @FieldSource("REQUESTS")
    void aRequestIsTheSameHoweverItIsCut(String text) {
        byte[] input = bytes(text);
        String whole = Parsed.request(input);
        assertThat(whole).isNotEqualTo(Parsed.INCOMPLETE);
        for (int cut = 0; cut <= input.length; cut++) {
            assertThat(Parsed.request(input, cut)).as("cut at %s", cut).isEqualTo(whole);
        }
        assertThat(Parsed.request(input, everywhere(input))).isEqualTo(whole);
        for (int i = 0; i < 500; i++) {
            assertThat(Parsed.request(input, cuts(input))).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @FieldSource("RESPONSES")
    void aResponseIsTheSameHoweverItIsCut(String text) {
        byte[] input = bytes(text);
        for (Method method : List.of(Method.GET, Method.HEAD)) {
            String whole = Parsed.response(method, input);
            assertThat(whole).isNotEqualTo(Parsed.INCOMPLETE);
            for (int cut = 0; cut <= input.length; cut++) {
                assertThat(Parsed.response(method, input, cut))
                        .as("cut at %s", cut)
                        .isEqualTo(whole);
            }
            assertThat(Parsed.response(method, input, everywhere(input))).isEqualTo(whole);
            for (int i = 0; i < 500; i++) {
                assertThat(Parsed.response(method, input, cuts(input))).isEqualTo(whole);
            }
        }
    }

    @Test
    void aLongRequestIsTheSameHoweverItIsCut() {
        StringBuilder text = new StringBuilder("GET /" + "a/".repeat(2_000) + " HTTP/1.1\r\nHost: a\r\n");
        for (int i = 0; i < 90; i++) {
            text.append("X-Field-")
                    .append(i)
                    .append(": ")
                    .append("v".repeat(i * 3))
                    .append("\r\n");
        }
        byte[] input = bytes(text + "\r\nbody");
        String whole = Parsed.request(input);
        assertThat(whole).startsWith("GET").endsWith(" then 4 bytes");
        assertThat(Parsed.request(input, everywhere(input))).isEqualTo(whole);
        for (int i = 0; i < 200; i++) {
            assertThat(Parsed.request(input, cuts(input))).isEqualTo(whole);
        }
    }

    @Test
    void mutatedRequestsAreReadOrRefused() {
        RequestHeadParser parser = new RequestHeadParser(Parsed.LIMITS);
        RequestHead head = new RequestHead();
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = mutated(REQUESTS);
            String whole = Parsed.request(input);
            parser.reset();
            head.clear();
            String inPieces = Parsed.request(parser, head, input, cuts(input));
            assertThat(inPieces).as(() -> escaped(input)).isEqualTo(whole);
            if (inPieces.endsWith(" bytes")) {
                accepted++;
                assertSound(head, input);
            }
        }
        assertThat(accepted).as("the test reaches both sides").isBetween(MUTATIONS / 10, MUTATIONS * 9 / 10);
    }

    @Test
    void mutatedResponsesAreReadOrRefused() {
        ResponseHeadParser parser = new ResponseHeadParser();
        ResponseHead head = new ResponseHead();
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = mutated(RESPONSES);
            Method method = random.nextBoolean() ? Method.GET : Method.HEAD;
            String whole = Parsed.response(method, input);
            parser.reset();
            head.clear();
            String inPieces = Parsed.response(parser, head, method, input, cuts(input));
            assertThat(inPieces).as(() -> escaped(input)).isEqualTo(whole);
            if (inPieces.endsWith(" bytes")) {
                accepted++;
            } else {
                assertThat(inPieces).isIn(Parsed.INCOMPLETE, "refused BAD_RESPONSE");
            }
        }
        assertThat(accepted).isBetween(MUTATIONS / 10, MUTATIONS * 9 / 10);
    }

    @Test
    void mutatedChunksAreReadAsTheRfcReadsThemOrRefused() {
        int accepted = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] input = mutated(CHUNKED);
            Result data = Chunks.read(false, input, cuts(input));
            Result raw = Chunks.read(true, input, cuts(input));
            assertThat(raw.end()).as(() -> escaped(input)).isEqualTo(data.end());
            assertThat(raw.left()).as(() -> escaped(input)).isEqualTo(data.left());
            Chunks.Plain plain = Chunks.plainly(new String(input, StandardCharsets.ISO_8859_1));
            assertThat(plain != null)
                    .as(() -> escaped(input))
                    .isEqualTo(data.end().equals("ended"));
            if (plain != null) {
                accepted++;
                assertThat(data).as(() -> escaped(input)).isEqualTo(plain.result());
                assertThat(raw.body()).as(() -> escaped(input)).isEqualTo(plain.passed());
            }
        }
        assertThat(accepted).isBetween(MUTATIONS / 10, MUTATIONS * 9 / 10);
    }

    private static void assertSound(RequestHead head, byte[] input) {
        String text = head.text(0, head.length());
        assertThat(text)
                .as("taken as received")
                .isEqualTo(new String(input, 0, head.length(), StandardCharsets.ISO_8859_1));
        assertThat(REQUEST.matcher(text).matches()).as(() -> escaped(input)).isTrue();
        String target = head.targetText();
        String path = target.substring(0, head.pathEnd() - head.targetStart());
        assertThat(path.startsWith("/") || path.equals("*"))
                .as(() -> escaped(input))
                .isTrue();
        assertThat(DOTS.matcher(path).find()).as(() -> escaped(input)).isFalse();
        assertThat(path).doesNotContain("?", "\\");
        assertThat(target).doesNotContain("#");
        assertThat(head.minorVersion() == 0 || head.hostEnd() > head.authorityStart())
                .as(() -> escaped(input))
                .isTrue();
    }

    private byte[] mutated(List<String> seeds) {
        byte[] bytes = bytes(seeds.get(random.nextInt(seeds.size())));
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            bytes = mutatedOnce(bytes, seeds);
        }
        return bytes;
    }

    private byte[] mutatedOnce(byte[] bytes, List<String> seeds) {
        int at = random.nextInt(bytes.length + 1);
        int to = at + random.nextInt(Math.min(8, bytes.length - at + 1));
        byte[] piece = new byte[random.nextInt(3)];
        for (int i = 0; i < piece.length; i++) {
            piece[i] = random.nextInt(8) == 0 ? (byte) random.nextInt(256) : SPICE[random.nextInt(SPICE.length)];
        }
        byte[] other = bytes(seeds.get(random.nextInt(seeds.size())));
        int otherAt = random.nextInt(other.length);
        return switch (random.nextInt(6)) {
            case 0 -> joined(bytes, at, piece, at);
            case 1 -> joined(bytes, at, piece, Math.min(bytes.length, at + piece.length));
            case 2 -> joined(bytes, at, new byte[0], to);
            case 3 -> joined(bytes, to, Arrays.copyOfRange(bytes, at, to), to);
            case 4 -> joined(bytes, at, Arrays.copyOfRange(other, otherAt, Math.min(other.length, otherAt + 12)), to);
            default -> joined(bytes, at, new byte[] {SPICE[random.nextInt(SPICE.length)]}, at);
        };
    }

    /** {@code bytes[0, end)}, the piece, and {@code bytes[start, length)}. */
    private static byte[] joined(byte[] bytes, int end, byte[] piece, int start) {
        byte[] joined = Arrays.copyOf(bytes, end + piece.length + bytes.length - start);
        System.arraycopy(piece, 0, joined, end, piece.length);
        System.arraycopy(bytes, start, joined, end + piece.length, bytes.length - start);
        return joined;
    }

    /** Up to five places to cut at, in order. */
    private int[] cuts(byte[] input) {
        return random.ints(random.nextInt(6), 0, input.length + 1).sorted().toArray();
    }

    private static int[] everywhere(byte[] input) {
        int[] cuts = new int[input.length];
        Arrays.setAll(cuts, i -> i);
        return cuts;
    }

    private static String escaped(byte[] input) {
        return new String(input, StandardCharsets.ISO_8859_1)
                .replace("\r", "\\r")
                .replace("\n", "\\n");
    }
}
