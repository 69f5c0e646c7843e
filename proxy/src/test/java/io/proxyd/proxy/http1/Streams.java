package io.proxyd.proxy.http1;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Streams of messages made by the grammar of RFC 9112 in all its width, and hostile edits of them: what stands between two
 * lines, names and values, bytes that look like others, numbers and codings that are nearly right.
 */
final class Streams {
    private static final List<String> METHODS =
            List.of("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH!");
    private static final List<String> TARGETS = List.of(
            "/",
            "/a/b?c=d",
            "//a//",
            "/a/../b",
            "/../%2e%2E/x",
            "/%61%2f%2F%c3%a4%25%32%65",
            "/..;/a;b=c/.%2e/",
            "/?/../%41",
            "/a?%20&\"<>|{}^`'",
            "http://b.example:81/x/./y?z",
            "HTTPS://b%41.example",
            "http://b.example?q");
    private static final List<String> HOSTS =
            List.of("a.example", "A.Example:80", "[::1]:8080", "a_b.", "a%2d", "[v7.x:y]", "10.0.0.1:");
    private static final List<String> FIELDS = List.of(
            "Accept: */*",
            "X-Empty:",
            "X-White:\t a \t b\t",
            "x-lower:no-space",
            "X-Text: J\u00f6\u00e9\u0085\u00a0\u00ff",
            "Cookie: a=\"b\"; c=d",
            "Cookie: e=f",
            "X_Own: 1",
            "Content_Length: 77",
            "Transfer_Encoding: chunked",
            "X_Forwarded-For: 1.2.3.4",
            "X-Forwarded-For: 1.2.3.4",
            "Connection: keep-alive, X-Hop,, x-other",
            "X-Hop: 1",
            "X-OTHER: 2",
            "Connection: Content-Length, Transfer-Encoding, Host",
            "Keep-Alive: timeout=5",
            "Proxy-Connection: keep-alive",
            "TE: trailers",
            "TE: gzip;q=0.5",
            "Trailer: X-Sum",
            "Upgrade: h2c",
            "User-Agent: me/1.0 (you)",
            "!#$%&'*+-.^_`|~: token",
            "Content-Type: text/plain; charset=\"utf-8\"");
    private static final List<String> EXTENSIONS =
            List.of(";a", ";a=b", ";a=\"b;\\\"\t\u00e4\"", " ; a = b ", ";a;b=c", ";a\t");
    private static final List<String> TRAILERS =
            List.of("X-Sum: 1", "X-Empty:", "Content-Length: 5", "Set-Cookie: a", "X_Forwarded_For: 1", "Y:\u00e4 ");
    private static final List<String> SPICE = List.of(
            "\r",
            "\n",
            "\r\n",
            "\r\n\r\n",
            "\n\n",
            " ",
            "\t",
            "\0",
            "\u000b",
            "\u007f",
            "\u0080",
            "\u0085",
            "\u00a0",
            "\u00ff",
            ":",
            ";",
            ",",
            "\"",
            "\\",
            "%",
            "%00",
            "%0d%0a",
            "/",
            "?",
            "#",
            "@",
            "[",
            "]",
            ".",
            "..",
            "+",
            "-",
            "_",
            "=",
            "*",
            "0",
            "00",
            "1",
            "5",
            "a",
            "F",
            "0x",
            "fffffffffffffff",
            "0\r\n\r\n",
            "\r\n ",
            "\r\n\t",
            " :",
            ", 5",
            "Content-Length: 5\r\n",
            "Content-Length: 0\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: 05\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding:\u000bchunked\r\n",
            "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Host: b.example\r\n",
            "Max-Forwards: 7\r\n",
            "Connection: close\r\n",
            "Expect: 100-continue\r\n",
            "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.0",
            "HTTP/1.2");

    private final SplittableRandom random;

    Streams(long seed) {
        random = new SplittableRandom(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    String request() {
        String target = any(TARGETS);
        String method = any(METHODS);
        boolean old = random.nextInt(8) == 0;
        StringBuilder request = new StringBuilder(random.nextInt(8) == 0 ? "\r\n" : "");
        request.append(method).append(' ').append(target).append(old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
        fields(request, 2);
        request.append(random.nextBoolean() ? "Host: " : "HOST:\t")
                .append(any(HOSTS))
                .append("\r\n");
        request.append(old ? "Connection: keep-alive\r\n" : "");
        fields(request, 2);
        body(request, !old);
        return request.toString();
    }

    /** @param last whether the connection may end with it */
    String response(String method, boolean last) {
        StringBuilder response = new StringBuilder();
        while (random.nextInt(4) == 0) {
            response.append("HTTP/1.1 103 Early\r\n");
            fields(response, 2);
            response.append("\r\n");
        }
        int status = List.of(200, 200, 200, 404, 304, 204, 599).get(random.nextInt(7));
        response.append("HTTP/1.1 ")
                .append(status)
                .append(any(List.of("", " ", " OK", " J\u00f6 \t!")))
                .append("\r\n");
        fields(response, 3);
        if (status == 204) {
            return response.append("\r\n").toString();
        }
        if (status == 304 || method.equals("HEAD")) {
            return response.append(any(List.of("", "Content-Length: 77\r\n", "Transfer-Encoding: chunked\r\n")))
                    .append("\r\n")
                    .toString();
        }
        if (last && random.nextInt(4) == 0) {
            return response.append("\r\n").append(content()).toString();
        }
        if (random.nextBoolean()) {
            return sized(response).toString();
        }
        return chunked(response).toString();
    }

    /** The stream with some of its bytes changed, most of them where framing is decided. */
    String edited(String stream) {
        StringBuilder edited = new StringBuilder(stream);
        for (int edits = 1 + random.nextInt(2); edits > 0; edits--) {
            int at = place(edited);
            int end = Math.min(edited.length(), at + random.nextInt(3));
            switch (random.nextInt(4)) {
                case 0 -> edited.replace(at, end, any(SPICE));
                case 1 -> edited.delete(at, end);
                default -> edited.insert(at, any(SPICE));
            }
        }
        return edited.toString();
    }

    /** Where to cut it, in order; everywhere or at a few places. */
    int[] cuts(int length) {
        if (random.nextInt(8) == 0) {
            return java.util.stream.IntStream.range(1, Math.max(1, length)).toArray();
        }
        return random.ints(random.nextInt(6), 0, length + 1).sorted().toArray();
    }

    static byte[] bytes(String stream) {
        return stream.getBytes(StandardCharsets.ISO_8859_1);
    }

    private int place(StringBuilder stream) {
        int at = random.nextInt(stream.length() + 1);
        if (random.nextInt(3) == 0) {
            return at;
        }
        while (at < stream.length() && "\r\n: ;".indexOf(stream.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    private void fields(StringBuilder head, int most) {
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            head.append(any(FIELDS)).append("\r\n");
        }
    }

    private void body(StringBuilder message, boolean mayBeChunked) {
        int kind = random.nextInt(mayBeChunked ? 3 : 2);
        if (kind == 0) {
            message.append("\r\n");
        } else if (kind == 1) {
            sized(message);
        } else {
            chunked(message);
        }
    }

    private StringBuilder sized(StringBuilder message) {
        String content = content();
        String zeros = random.nextInt(6) == 0 ? "00" : "";
        return message.append("Content-Length: ")
                .append(zeros)
                .append(content.length())
                .append("\r\n\r\n")
                .append(content);
    }

    private StringBuilder chunked(StringBuilder message) {
        message.append(any(List.of("Transfer-Encoding: chunked", "transfer-encoding:\tChunked \t")))
                .append("\r\n\r\n");
        for (int chunks = random.nextInt(4); chunks > 0; chunks--) {
            String content = "x" + content();
            message.append(any(List.of("", "0", "00000")))
                    .append(Integer.toHexString(content.length()))
                    .append(random.nextInt(4) == 0 ? any(EXTENSIONS) : "")
                    .append("\r\n")
                    .append(content)
                    .append("\r\n");
        }
        message.append(any(List.of("0", "0", "000")))
                .append(random.nextInt(6) == 0 ? any(EXTENSIONS) : "")
                .append("\r\n");
        while (random.nextInt(4) == 0) {
            message.append(any(TRAILERS)).append("\r\n");
        }
        return message.append("\r\n");
    }

    private String content() {
        return any(List.of(
                "",
                "a",
                "hello",
                "\r\n",
                "0\r\n\r\n",
                "\0\u00ff",
                "5\r\nhello\r\n0\r\n\r\n",
                "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }

    private String any(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
