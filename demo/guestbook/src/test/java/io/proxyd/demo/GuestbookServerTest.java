package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuestbookServerTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private final Entries entries = new MemoryEntries();
    private GuestbookServer server;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        server = server(Duration.ZERO, entries);
        client = new RawClient(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    @Test
    void showsThePageWithTheInstanceThatServedIt() throws IOException {
        assertThat(client.get("/").response())
                .startsWith("http/1.1 200 ok\r\n")
                .contains("content-type: text/html; charset=utf-8\r\n", "date: fri, 02 jan 2026 03:04:05 gmt\r\n")
                .contains("Served by <b>book-1</b> on <b>node-1</b>, port <b>" + server.port() + "</b>");
    }

    @Test
    void redirectsToThePageAfterSigning() throws IOException {
        assertThat(client.post("/sign", "name=Zo%C3%AB&message=Hello+%F0%9F%99%82")
                        .response())
                .startsWith("http/1.1 303 see other\r\n")
                .contains("location: /\r\n");
        assertThat(client.get("/").response()).contains("Zoë", "Hello 🙂", "2 Jan 2026, 03:04 UTC");
    }

    @Test
    void givesBackWhatWasWrittenWhenTheFormIsRefused() throws IOException {
        assertThat(client.post("/sign", "name=&message=long+thought").response())
                .startsWith("http/1.1 400 bad request\r\n")
                .contains("connection: close\r\n")
                .contains("role=\"alert\"", "long thought</textarea>");
        assertThat(entries.newest()).isEmpty();
    }

    @Test
    void answersManyRequestsOnOneConnection() throws IOException {
        for (int i = 0; i < 50; i++) {
            assertThat(client.get("/").response())
                    .startsWith("http/1.1 200 ok\r\n")
                    .doesNotContain("connection: close");
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws IOException {
        client.get("/").get("/healthz").get("/none");

        assertThat(client.response()).startsWith("http/1.1 200 ok\r\n").contains("Guestbook");
        assertThat(client.response()).startsWith("http/1.1 200 ok\r\n").endsWith("\r\n\r\nok\n");
        assertThat(client.response()).startsWith("http/1.1 404 not found\r\n");
    }

    @Test
    void closesWhenTheClientAsksForIt() throws IOException {
        client.sendHead("GET /healthz HTTP/1.1", "Host: t", "Connection: close");

        assertThat(client.response()).contains("connection: close\r\n");
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void closesAfterAResponseToAnOldClient() throws IOException {
        client.sendHead("GET /healthz HTTP/1.0");

        assertThat(client.response()).startsWith("http/1.1 200 ok\r\n");
        assertThat(client.isClosedByServer()).isTrue();
    }

    @Test
    void sendsNoBodyToHead() throws IOException {
        client.sendHead("HEAD / HTTP/1.1", "Host: t").get("/healthz");

        assertThat(client.head()).startsWith("http/1.1 200 ok\r\n").doesNotContain("content-length: 0\r\n");
        assertThat(client.response()).endsWith("\r\n\r\nok\n");
    }

    @Test
    void asksForTheBodyOfAClientThatWaits() throws IOException {
        client.sendHead(
                "POST /sign HTTP/1.1",
                "Host: t",
                "Expect: 100-continue",
                "Content-Length: 16",
                "Content-Type: application/x-www-form-urlencoded");
        assertThat(client.head()).isEqualTo("http/1.1 100 continue\r\n\r\n");

        assertThat(client.send("name=a&message=b").response()).startsWith("http/1.1 303 see other\r\n");
    }

    @Test
    void refusesABodyThatIsTooLarge() throws IOException {
        client.sendHead("POST /sign HTTP/1.1", "Host: t", "Content-Length: 20000");

        assertThat(client.response()).startsWith("http/1.1 413 ");
    }

    @Test
    void refusesWhatIsNotAForm() throws IOException {
        client.sendHead("POST /sign HTTP/1.1", "Host: t", "Content-Type: text/plain", "Content-Length: 2")
                .send("hi");

        assertThat(client.response()).startsWith("http/1.1 415 ");
        assertThat(client.get("/sign").response()).startsWith("http/1.1 405 ").contains("allow: post\r\n");
    }

    @Test
    void hasAnIcon() throws IOException {
        assertThat(client.get("/favicon.ico").response())
                .startsWith("http/1.1 200 ok\r\n")
                .contains("content-type: image/svg+xml\r\n");
    }

    @Test
    void saysThatItsEntriesAreOutOfReach() throws IOException {
        Entries broken = new Entries() {
            @Override
            public List<Entry> newest() throws IOException {
                throw new IOException("no disk");
            }

            @Override
            public void add(Entry entry) throws IOException {
                throw new IOException("no disk");
            }
        };
        try (GuestbookServer failing = server(Duration.ZERO, broken);
                RawClient other = new RawClient(failing.port())) {
            assertThat(other.get("/").response()).startsWith("http/1.1 500 ").doesNotContain("no disk");
            assertThat(other.get("/healthz").response()).startsWith("http/1.1 200 ");
        }
    }

    @Test
    void answersWhatIsBeingAskedBeforeItStops() throws Exception {
        GuestbookServer slow = server(Duration.ofSeconds(2), entries);
        try (RawClient other = new RawClient(slow.port())) {
            other.get("/healthz").response();
            other.get("/");
            Thread stopping = new Thread(slow::close);
            stopping.start();

            assertThat(other.response()).startsWith("http/1.1 200 ok\r\n").contains("connection: close\r\n", "</html>");
            assertThat(other.isClosedByServer()).isTrue();
            stopping.join();
            assertThatThrownBy(() -> new RawClient(slow.port())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void answersARequestThatWasOnItsWayWhenItStopped() throws Exception {
        try (RawClient other = new RawClient(server.port())) {
            other.get("/healthz").response();
            Thread stopping = new Thread(server::close);
            stopping.start();
            long deadlineNanos = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (isListening()) {
                assertThat(System.nanoTime()).as("it stops listening in time").isLessThan(deadlineNanos);
            }

            assertThat(other.post("/sign", "name=a&message=b").response())
                    .startsWith("http/1.1 303 see other\r\n")
                    .contains("connection: close\r\n");
            stopping.join();
        }
    }

    private boolean isListening() throws IOException {
        try {
            new RawClient(server.port()).close();
            return true;
        } catch (SocketException refused) {
            return false;
        }
    }

    private static GuestbookServer server(Duration delay, Entries entries) throws IOException {
        InetSocketAddress bind = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return new GuestbookServer(new Instance("book-1", "node-1"), bind, delay, entries, CLOCK);
    }
}
