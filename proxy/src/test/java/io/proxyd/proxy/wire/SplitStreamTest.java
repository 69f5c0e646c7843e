package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** However the network cuts a stream of requests or of responses into pieces, the answers are the same. */
final class SplitStreamTest extends WireTest {
    private static final int SEEDS = 40;

    private static final String[] REQUESTS = {
        "GET /app/1?q=%20 HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "POST /app/2 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nxy",
        "POST /app/3 HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=\"\\\"\"\r\nhello\r\n00c\r\n\r\n0\r\n\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n",
        "\r\nHEAD /app/4 HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: a.example\r\n\r\n",
        "OPTIONS http://A.example:80/app/./x/../5 HTTP/1.1\r\nHost: other\r\nX-Long: " + "y".repeat(300) + "\r\n\r\n",
        "PUT /app/6 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n",
        "GET /app/last HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
    };

    private static final List<String> ANSWERS = List.of(
            "200 GET /app/1?q=%20 ",
            "200 POST /app/2 hello\r\n\r\nxy",
            "200 POST /app/3 hello\r\n0\r\n\r\nworld",
            "200 ",
            "404 404 Not Found\nproxyd: no-route: no route matches host and path\n",
            "200 OPTIONS /app/5 ",
            "200 PUT /app/6 ",
            "200 GET /app/last ");

    @Test
    void answersAStreamOfRequestsAlikeHoweverItIsCut() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(new Rig().service("app", backend.port()).route("*", "/app", "app"));
        byte[] stream = String.join("", REQUESTS).getBytes(StandardCharsets.ISO_8859_1);
        for (int seed = 0; seed < SEEDS; seed++) {
            try (RawClient client = proxy.client()) {
                for (byte[] piece : cut(stream, new Random(seed))) {
                    client.send(piece);
                }
                assertThat(answers(client)).as("seed %d", seed).isEqualTo(ANSWERS);
            }
        }
    }

    @Test
    void answersAStreamOfRequestsThatComesByteByByte() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(new Rig().service("app", backend.port()).route("*", "/app", "app"));
        RawClient client = client(proxy);
        for (byte b : String.join("", REQUESTS).getBytes(StandardCharsets.ISO_8859_1)) {
            client.send(new byte[] {b});
        }
        assertThat(answers(client)).isEqualTo(ANSWERS);
    }

    @Test
    void passesAResponseAlikeHoweverItIsCut() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
        String body = "5;x=\"\\\"\"\r\nhello\r\n00c\r\n\r\n0\r\n\r\nworld\r\n0\r\nX-Sum: 1\r\n\r\n";
        byte[] stream = ("HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n" + head + body).getBytes(StandardCharsets.ISO_8859_1);
        RawBackend backend = backend(connection -> {
            while (true) {
                int seed = Integer.parseInt(connection.request().target().substring(1));
                for (byte[] piece : cut(stream, new Random(seed))) {
                    connection.write(piece);
                }
            }
        });
        RunningProxy proxy = proxyTo(backend);
        RawClient client = client(proxy);
        for (int seed = 0; seed < SEEDS; seed++) {
            client.send("GET /" + seed + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
            assertThat(client.head().status()).as("seed %d", seed).isEqualTo(103);
            Message response = client.response();
            assertThat(response.wireText()).as("seed %d", seed).isEqualTo(body.replace(";x=\"\\\"\"", ""));
            assertThat(response.head().only("X-Own")).isEqualTo("1");
            Message decoded = closing(proxy.client()).exchange("GET /" + seed + " HTTP/1.0\r\n\r\n");
            assertThat(decoded.text()).as("seed %d", seed).isEqualTo("hello\r\n0\r\n\r\nworld");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    private static List<String> answers(RawClient client) throws Exception {
        List<String> answers = new ArrayList<>();
        for (String request : REQUESTS) {
            Message response = client.response(request.strip().startsWith("HEAD") ? "HEAD" : "GET");
            answers.add(response.status() + " " + response.text());
        }
        client.expectEnd();
        return answers;
    }

    private static List<byte[]> cut(byte[] stream, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        int longest = 1 << random.nextInt(9);
        for (int at = 0; at < stream.length; ) {
            int end = Math.min(stream.length, at + 1 + random.nextInt(longest));
            pieces.add(Arrays.copyOfRange(stream, at, end));
            at = end;
        }
        return pieces;
    }
}
