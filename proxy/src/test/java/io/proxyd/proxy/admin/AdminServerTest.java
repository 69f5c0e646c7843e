package io.proxyd.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.Upkeep;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.telemetry.ConfigReloads;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.SampleProxy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class AdminServerTest {
    private final Path folder;
    private final SampleProxy proxy = new SampleProxy()
            .configure("guestbook")
            .register("guestbook", "g1", "10.0.0.1", 80)
            .build();
    private final Metrics metrics = new Metrics(proxy.sources(), new ConfigReloads(), () -> 0, "0.1.0");
    private final Operations operations = new Operations(
            new LocalIntents("there is no registry", "sample-1", Map.of("host", "sample"), proxy::now),
            service -> CompletableFuture.completedFuture(0),
            id -> CompletableFuture.completedFuture(Optional.empty()));
    private final List<AdminServer> servers = new ArrayList<>();

    AdminServerTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void close() {
        servers.forEach(AdminServer::close);
        metrics.close();
    }

    @Test
    void answersOverTcp() throws IOException {
        AdminServer server = start(tcp(0));
        assertThat(server.address()).matches("http://127\\.0\\.0\\.1:[1-9][0-9]*");
        RawHttp.Response response = new RawHttp(server.address()).get("/live");
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(response.body()).isEqualTo("{\n  \"live\": true\n}\n");
    }

    @Test
    void answersOverAUnixSocketThatOwnerAndGroupMayUse() throws IOException {
        Path path = folder.resolve("admin.sock");
        AdminServer server = start(new AdminConfig.Unix(path));
        assertThat(server.address()).isEqualTo("unix:" + path);
        assertThat(new RawHttp(server.address()).get("/live").statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw----");
        server.close();
        assertThat(path).doesNotExist();
    }

    @Test
    void replacesTheSocketFileOfADeadProcess() throws IOException {
        Path path = folder.resolve("admin.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        assertThat(path).exists();
        AdminServer server = start(new AdminConfig.Unix(path));
        assertThat(new RawHttp(server.address()).get("/live").statusLine()).isEqualTo("HTTP/1.1 200 OK");
    }

    @Test
    void doesNotTakeTheSocketOfALiveProcess() throws IOException {
        Path path = folder.resolve("admin.sock");
        AdminServer first = start(new AdminConfig.Unix(path));
        assertThatThrownBy(() -> start(new AdminConfig.Unix(path)))
                .isInstanceOf(AdminBindException.class)
                .hasMessage("admin interface cannot listen on unix:" + path + ": another process listens there");
        assertThat(new RawHttp(first.address()).get("/live").statusLine()).isEqualTo("HTTP/1.1 200 OK");
    }

    @Test
    void doesNotReplaceAFileThatIsNoSocket() throws IOException {
        Path path = Files.writeString(folder.resolve("admin.sock"), "precious");
        assertThatThrownBy(() -> start(new AdminConfig.Unix(path)))
                .hasMessage("admin interface cannot listen on unix:" + path + ": the file exists and is not a socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void saysWhichFolderOfASocketIsMissing() {
        Path path = folder.resolve("none").resolve("admin.sock");
        assertThatThrownBy(() -> start(new AdminConfig.Unix(path)))
                .isInstanceOf(AdminBindException.class)
                .hasMessage("admin interface cannot listen on unix:" + path + ": the folder " + path.getParent()
                        + " does not exist");
    }

    @Test
    void saysWhichAddressIsInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(tcp(taken.getLocalPort())))
                    .isInstanceOf(AdminBindException.class)
                    .hasMessage("admin interface cannot listen on 127.0.0.1:" + taken.getLocalPort()
                            + ": Address already in use");
        }
    }

    @Test
    void saysWhichHostNameIsNotKnown() {
        assertThatThrownBy(() -> start(new AdminConfig.Tcp(new Address("nowhere.invalid", 0))))
                .isInstanceOf(AdminBindException.class)
                .hasMessage("admin interface cannot listen on nowhere.invalid:0: the host name is not known");
    }

    @Test
    void listsItsPathsAtTheRoot() throws IOException {
        assertThat(http().get("/").body())
                .contains("/metrics", "/ready", "/live", "/api/v1/backends", "/api/v1/registry", "/api/v1/history");
    }

    @Test
    void unknownPathIsNamed() throws IOException {
        RawHttp.Response response = http().get("/api/v2/backends");
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(json(response).get("error").asString()).isEqualTo("there is no /api/v2/backends; see /");
    }

    @Test
    void onlyGetAndHeadAreUnderstood() throws IOException {
        RawHttp.Response response = http().send("POST /ready HTTP/1.1\r\nHost: admin\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 405 Method Not Allowed");
        assertThat(response.head()).containsIgnoringCase("\r\nallow: GET, HEAD");
        assertThat(json(response).get("error").asString())
                .isEqualTo("POST is not understood here, expected one of GET, HEAD");
    }

    @Test
    void anOrderIsCarriedOut() throws IOException {
        proxy.configure("web").register("web", "1", "10.0.0.1", 80).build();
        RawHttp.Response response = http().send(
                        post(
                                "/api/v1/intents",
                                "Content-Type: application/json\r\n",
                                "{\"backend\": \"web/1\", \"action\": \"drain\", \"for_seconds\": 60, \"author\": \"a\", \"reason\": \"b\"}"));
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(json(response).get("until").asString()).isEqualTo("2026-11-22T18:31:00Z");
        assertThat(json(response).get("shared").asBoolean()).isFalse();
        assertThat(json(response).get("why").asString()).isEqualTo("there is no registry");
    }

    @Test
    void anOrderThatMakesNoSenseIsRefusedWithItsFault() throws IOException {
        proxy.configure("web").register("web", "1", "10.0.0.1", 80).build();
        assertThat(refusal("{")).startsWith("the body is not understood: ");
        assertThat(refusal("{\"backend\": \"web/1\", \"acton\": \"drain\"}")).contains("acton");
        assertThat(refusal("{\"backend\": \"web\", \"action\": \"drain\"}"))
                .isEqualTo("backend is \"web\", expected SERVICE/BACKEND-ID");
        assertThat(refusal("{\"backend\": \"web/2\", \"action\": \"drain\"}"))
                .isEqualTo("there is no backend web/2; web has 1");
        assertThat(refusal("{\"backend\": \"shop/2\", \"action\": \"drain\"}"))
                .isEqualTo("service shop is not configured");
        assertThat(refusal("{\"backend\": \"web/1\", \"action\": \"stop\"}"))
                .isEqualTo("action is \"stop\", expected drain, weight or enable");
        assertThat(refusal("{\"backend\": \"web/1\", \"action\": \"drain\"}"))
                .isEqualTo("for_seconds is null, expected 1 to 31622400");
        assertThat(refusal("{\"backend\": \"web/1\", \"action\": \"weight\", \"weight\": 1001, \"for_seconds\": 1}"))
                .isEqualTo("weight is 1001, expected a whole number from 0 to 1000");
    }

    /** A page elsewhere must not operate proxyd through the browser of somebody who can reach it. */
    @Test
    void pagesInABrowserGiveNoOrders() throws IOException {
        assertThat(http().send(post("/api/v1/intents", "Content-Type: text/plain\r\n", "{}"))
                        .statusLine())
                .isEqualTo("HTTP/1.1 415 Unsupported Media Type");
        assertThat(http().send(post(
                                "/api/v1/intents",
                                "Content-Type: application/json\r\nOrigin: http://localhost\r\n",
                                "{}"))
                        .statusLine())
                .isEqualTo("HTTP/1.1 403 Forbidden");
    }

    @Test
    void anOrderHasABoundedLength() throws IOException {
        String body = "{\"backend\": \"" + "x".repeat(70_000) + "\"}";
        assertThat(http().send(post("/api/v1/intents", "Content-Type: application/json\r\n", body))
                        .statusLine())
                .startsWith("HTTP/1.1 413 ");
    }

    private String refusal(String body) throws IOException {
        RawHttp.Response response = http().send(post("/api/v1/intents", "Content-Type: application/json\r\n", body));
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 400 Bad Request");
        return json(response).get("error").asString();
    }

    private static String post(String path, String fields, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: admin\r\n" + fields + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    @Test
    void headHasTheLengthButNoBody() throws IOException {
        RawHttp http = http();
        int length = http.get("/ready").body().length();
        RawHttp.Response response = http.send("HEAD /ready HTTP/1.1\r\nHost: admin\r\n\r\n");
        assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(response.head()).containsIgnoringCase("\r\ncontent-length: " + length);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void whatIsNotHttpGetsABadRequest() throws IOException {
        assertThat(http().send("hello\r\n\r\n").statusLine()).isEqualTo("HTTP/1.1 400 Bad Request");
        assertThat(http().send("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n\r\n").statusLine())
                .isEqualTo("HTTP/1.1 400 Bad Request");
        assertThat(http().get("/api/v1/backends?service=%zz").statusLine()).isEqualTo("HTTP/1.1 400 Bad Request");
    }

    @Test
    void doesNotWaitForABody() throws IOException {
        String request = "GET /live HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n";
        assertThat(http().send(request).statusLine()).isEqualTo("HTTP/1.1 200 OK");
    }

    @Test
    void aSecondRequestOfAConnectionIsNotAnswered() throws IOException {
        String request = "GET /live HTTP/1.1\r\nHost: admin\r\n\r\n";
        RawHttp.Response response = http().send(request + request);
        assertThat(response.head()).containsIgnoringCase("\r\nconnection: close");
        assertThat(response.body()).doesNotContain("HTTP/1.1");
    }

    @Test
    void isReadyWithATableAndOpenListeners() throws IOException {
        RawHttp http = http();
        RawHttp.Response ready = http.get("/ready");
        assertThat(ready.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(json(ready).get("ready").asBoolean()).isTrue();
        proxy.listening(false);
        RawHttp.Response unready = http.get("/ready");
        assertThat(unready.statusLine()).isEqualTo("HTTP/1.1 503 Service Unavailable");
        assertThat(json(unready).get("ready").asBoolean()).isFalse();
        assertThat(json(unready).get("routing_table").asBoolean()).isTrue();
        assertThat(json(unready).get("listeners_open").asBoolean()).isFalse();
    }

    @Test
    void staysReadyWhenTheRegistryIsAwayAndSaysSo() throws IOException {
        proxy.registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "connection refused: 10.0.0.2:2379"))
                .advance(Duration.ofMillis(61_250));
        RawHttp.Response ready = http().get("/ready");
        assertThat(ready.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        JsonNode registry = json(ready).get("registry");
        assertThat(registry.propertyNames())
                .containsExactly(
                        "kind", "connected", "revision", "confirmed", "age_seconds", "error", "source", "brakes");
        assertThat(registry.get("connected").asBoolean()).isFalse();
        assertThat(registry.get("confirmed").asString()).isEqualTo("2026-11-22T18:30:00Z");
        assertThat(registry.get("age_seconds").asDouble()).isEqualTo(61.25);
        assertThat(registry.get("error").asString()).isEqualTo("connection refused: 10.0.0.2:2379");
    }

    @Test
    void staysReadyWhereTheRegistryIsNotFollowedAndSaysSo() throws IOException {
        proxy.registry(new RegistryStatus(
                        "etcd", false, 42, SampleProxy.START, "connection refused", true, Upkeep.NONE))
                .evidence(new EvidenceStatus(
                        List.of(new EvidenceStatus.Brake(
                                "guestbook", 2, 1, SampleProxy.START, "2 of 3 left", Duration.ofMinutes(1))),
                        Map.of(),
                        Map.of()))
                .advance(Duration.ofMillis(61_250));
        RawHttp.Response ready = http().get("/ready");
        assertThat(ready.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        JsonNode registry = json(ready).get("registry");
        assertThat(registry.get("source").asString()).isEqualTo("snapshot");
        assertThat(registry.get("age_seconds").asDouble()).isEqualTo(61.25);
        assertThat(registry.get("brakes").get(0).asString()).isEqualTo("guestbook");
    }

    @Test
    void metricsComeInTheFormatAskedForAndCompressed() throws IOException {
        RawHttp http = http();
        RawHttp.Response plain = http.get("/metrics");
        assertThat(plain.head()).containsIgnoringCase("content-type: text/plain; version=0.0.4");
        assertThat(plain.body()).contains("proxyd_backend_up{backend=\"g1\",service=\"guestbook\"} 0.0\n");
        RawHttp.Response open =
                http.send("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text\r\n\r\n");
        assertThat(open.head()).containsIgnoringCase("content-type: application/openmetrics-text; version=1.0.0");
        assertThat(unzipped(http.sendForBytes("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")))
                .contains("proxyd_ready 1.0\n");
    }

    @Test
    void closesConnectionsBeyondItsLimitAndRecovers() throws IOException {
        RawHttp http = http();
        List<SocketChannel> held = new ArrayList<>();
        try {
            for (int i = 0; i < AdminInitializer.MAX_CONNECTIONS; i++) {
                held.add(http.open());
            }
            try (SocketChannel excess = http.open()) {
                assertThat(excess.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        } finally {
            for (SocketChannel channel : held) {
                channel.close();
            }
        }
        assertThat(answersAgain(http)).isTrue();
    }

    /** The closes of other connections reach the server some time after they were made. */
    private static boolean answersAgain(RawHttp http) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < deadline) {
            try {
                return http.get("/live").statusLine().equals("HTTP/1.1 200 OK");
            } catch (IOException | StringIndexOutOfBoundsException stillFull) {
                Thread.onSpinWait();
            }
        }
        return false;
    }

    private static String unzipped(byte[] response) throws IOException {
        String text = new String(response, StandardCharsets.ISO_8859_1);
        assertThat(text).containsIgnoringCase("\r\ncontent-encoding: gzip\r\n");
        byte[] body = Arrays.copyOfRange(response, text.indexOf("\r\n\r\n") + 4, response.length);
        return new String(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes(), StandardCharsets.UTF_8);
    }

    private static JsonNode json(RawHttp.Response response) {
        assertThat(response.head()).containsIgnoringCase("\r\ncontent-type: application/json");
        return new JsonMapper().readTree(response.body());
    }

    private RawHttp http() {
        return new RawHttp(start(tcp(0)).address());
    }

    private static AdminConfig tcp(int port) {
        return new AdminConfig.Tcp(new Address("127.0.0.1", port));
    }

    private AdminServer start(AdminConfig config) {
        AdminServer server = new AdminServer(config, proxy.sources(), operations, metrics);
        servers.add(server);
        server.start();
        return server;
    }
}
