package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What runs over a connection after 101 (RFC 9110 section 7.8): bytes both ways, whatever they mean. */
final class TunnelTest extends WireTest {
    private static final String UPGRADE = "GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    private static final String SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration STILL = Duration.ofMillis(100);

    /** What the kernel may hold in the socket buffers of a path, with room to spare. */
    private static final long KERNEL_BOUND_BYTES = 30_000_000;

    private static final int LONG_BYTES = 50_000_000;

    /** Switches protocols, then plays the rest. */
    private static RawBackend.Script switching(RawBackend.Script then) {
        return connection -> {
            connection.request();
            connection.write(SWITCHING);
            then.play(connection);
        };
    }

    private static RawBackend.Script echoing() {
        return switching(connection -> {
            while (true) {
                connection.write(connection.exactly(1));
            }
        });
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private RawClient tunnel(RunningProxy proxy) throws Exception {
        RawClient client = client(proxy).send(UPGRADE);
        assertThat(client.head().status()).isEqualTo(101);
        return client;
    }

    @Test
    void passesBytesBothWaysAsTheyAre() throws Exception {
        RawBackend backend = backend(echoing());
        RawClient client = client(proxyTo(backend)).send(UPGRADE);
        MessageHead switched = client.head();
        assertThat(switched.startLine()).isEqualTo("HTTP/1.1 101 Switching Protocols");
        assertThat(switched.only("Connection")).isEqualTo("Upgrade");
        assertThat(switched.only("Upgrade")).isEqualTo("websocket");
        assertThat(switched.only("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for (String part : new String[] {"a", "GET / HTTP/1.1\r\n\r\n", "\0\377\r\n", "0\r\n\r\n"}) {
            assertThat(text(client.send(part).exactly(part.length()))).isEqualTo(part);
        }
        MessageHead asked = backend.request().head();
        assertThat(asked.only("Connection")).isEqualTo("Upgrade");
        assertThat(asked.only("Upgrade")).isEqualTo("websocket");
        assertThat(asked.only("Sec-WebSocket-Version")).isEqualTo("13");
        assertThat(asked.only("Sec-WebSocket-Key")).isEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
    }

    @Test
    void passesWhatCameBehindTheRequestBeforeItWasAnswered() throws Exception {
        Gate sent = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            sent.await();
            connection.write(SWITCHING);
            connection.write(connection.exactly(10));
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend)).send(UPGRADE + "early");
        backend.request();
        client.send("later");
        sent.open();
        assertThat(client.head().status()).isEqualTo(101);
        assertThat(text(client.exactly(10))).isEqualTo("earlylater");
    }

    @Test
    void passesWhatCameInOnePacketWithThe101() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(SWITCHING + "hello");
            connection.write(connection.exactly(3));
            connection.awaitEnd();
        });
        RawClient client = tunnel(proxyTo(backend));
        assertThat(text(client.exactly(5))).isEqualTo("hello");
        assertThat(text(client.send("you").exactly(3))).isEqualTo("you");
    }

    @Test
    void passesAnInterimResponseBeforeThe101() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + SWITCHING + "!");
            connection.awaitEnd();
        });
        RawClient client = client(proxyTo(backend)).send(UPGRADE);
        assertThat(client.head().status()).isEqualTo(103);
        assertThat(client.head().status()).isEqualTo(101);
        assertThat(text(client.exactly(1))).isEqualTo("!");
    }

    @Test
    void holdsTheBackendBackWhileTheClientDoesNotRead() throws Exception {
        RawBackend backend = backend(switching(connection -> {
            connection.write(new byte[LONG_BYTES]);
            connection.awaitEnd();
        }));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = closing(RawClient.connectNarrow(proxy.address())).send(UPGRADE);
        assertThat(client.head().status()).isEqualTo(101);
        assertThat(Eventually.steady(backend::written, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        assertThat(client.exactly(LONG_BYTES)).hasSize(LONG_BYTES);
        client.send("still open").halfClose();
    }

    @Test
    void holdsTheClientBackWhileTheBackendDoesNotRead() throws Exception {
        Gate readOn = new Gate();
        RawBackend backend = closing(RawBackend.narrow(switching(connection -> {
            readOn.await();
            assertThat(connection.exactly(LONG_BYTES)).hasSize(LONG_BYTES);
            connection.write("all");
            connection.awaitEnd();
        })));
        RawClient client = tunnel(proxyTo(backend));
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> send(client, sent), "sender");
        sender.start();
        assertThat(Eventually.steady(sent::get, STILL)).isLessThan(KERNEL_BOUND_BYTES);
        readOn.open();
        assertThat(text(client.exactly(3))).isEqualTo("all");
        sender.join();
    }

    private static void send(RawClient client, AtomicLong sent) {
        byte[] part = new byte[50_000];
        try {
            while (sent.get() < LONG_BYTES) {
                client.send(part);
                sent.addAndGet(part.length);
            }
        } catch (java.io.IOException e) {
            return; // the test closed the connection
        }
    }

    @Test
    void passesLongTransfersBothWaysAtOnce() throws Exception {
        byte[] there = new byte[LONG_BYTES];
        Arrays.fill(there, (byte) 'x');
        RawBackend backend = backend(switching(connection -> {
            byte[] chunk = connection.exactly(100_000);
            for (int at = 0; at < LONG_BYTES; at += chunk.length) {
                connection.write(chunk);
                if (at + chunk.length < LONG_BYTES) {
                    chunk = connection.exactly(chunk.length);
                }
            }
            connection.awaitEnd();
        }));
        RawClient client = tunnel(proxyTo(backend));
        Thread sender = new Thread(
                () -> {
                    try {
                        client.send(there);
                    } catch (java.io.IOException e) {
                        return; // what comes back then falls short
                    }
                },
                "sender");
        sender.start();
        assertThat(client.exactly(LONG_BYTES)).isEqualTo(there);
        sender.join();
    }

    @Test
    void passesTheEndOfTheClientAndThenWhatTheBackendStillSays() throws Exception {
        RawBackend backend = backend(switching(connection -> {
            connection.exactly(3);
            connection.awaitEnd();
            connection.write("after the end");
        }));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = tunnel(proxy).send("bye");
        client.halfClose();
        assertThat(text(client.exactly(13))).isEqualTo("after the end");
        client.expectEnd();
        ExchangeRecord record = proxy.record();
        assertThat(record.status()).isEqualTo(101);
        assertThat(record.failure()).isNull();
    }

    @Test
    void passesTheEndOfAClientThatCameBeforeThe101() throws Exception {
        Gate ended = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            ended.await();
            connection.write(SWITCHING);
            assertThat(text(connection.exactly(5))).isEqualTo("early");
            connection.awaitEnd();
            connection.write("done");
        });
        RawClient client = client(proxyTo(backend)).send(UPGRADE + "early");
        backend.request();
        client.halfClose();
        ended.open();
        assertThat(client.head().status()).isEqualTo(101);
        assertThat(text(client.exactly(4))).isEqualTo("done");
        client.expectEnd();
    }

    @Test
    void passesAllThatTheBackendSentBeforeItsEnd() throws Exception {
        byte[] much = new byte[5_000_000];
        RawBackend backend = backend(switching(connection -> connection.write(much)));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = tunnel(proxy);
        assertThat(client.exactly(much.length)).hasSize(much.length);
        client.expectEnd();
        assertThat(proxy.record().failure()).isNull();
        client.close();
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void closesTheBackendsSideWhenTheClientGoesAway() throws Exception {
        RawBackend backend = backend(echoing());
        RunningProxy proxy = proxyTo(backend);
        RawClient client = tunnel(proxy);
        client.send("x").exactly(1);
        client.reset();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.record().failure()).isEqualTo("client-closed");
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 0);
        proxy.awaitCount("backend connections", LoopCounts::upstreamConnections, 0);
    }

    @Test
    void closesTheClientsSideWhenTheBackendGoesAway() throws Exception {
        Gate gone = new Gate();
        RawBackend backend = backend(switching(connection -> {
            gone.await();
            connection.reset();
        }));
        RunningProxy proxy = proxyTo(backend);
        RawClient client = tunnel(proxy);
        gone.open();
        assertThat(client.endsInReset()).isTrue();
        assertThat(proxy.record().failure()).isEqualTo("response-truncated");
        proxy.awaitCount("client connections", LoopCounts::connections, 0);
    }

    @Test
    void cutsATunnelThroughWhichNothingGoes() throws Exception {
        RawBackend backend = backend(switching(BackendConnection::awaitEnd));
        RunningProxy proxy = proxy(rigTo(backend).tunnelIdle(SOON));
        RawClient client = tunnel(proxy);
        assertThat(client.endsInReset()).isTrue();
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("tunnel-idle");
        assertThat(record.status()).isEqualTo(101);
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
    }

    @Test
    void keepsATunnelThroughWhichOneSideSends() throws Exception {
        RawBackend backend = backend(switching(connection -> {
            connection.exactly(400);
            connection.write("all");
            connection.awaitEnd();
        }));
        RunningProxy proxy = proxy(rigTo(backend)
                .tunnelIdle(SOON)
                .requestHead(SOON)
                .requestBody(SOON)
                .keepAlive(SOON)
                .responseHead(SOON)
                .responseBody(SOON)
                .exchange(SOON));
        RawClient client = tunnel(proxy);
        Eventually.until("an answer to 400 bytes, one each millisecond or later", () -> client.answersTo("x"));
        assertThat(text(client.exactly(3))).isEqualTo("all");
    }

    @Test
    void goesOnWithHttpWhenTheBackendRefuses() throws Exception {
        for (String status : new String[] {"200 OK", "403 Forbidden", "426 Upgrade Required"}) {
            RawBackend backend = backend(connection -> {
                while (true) {
                    connection.request();
                    connection.write("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nno");
                }
            });
            RawClient client = client(proxyTo(backend));
            Message refused = client.exchange(UPGRADE);
            assertThat(refused.head().startLine()).isEqualTo("HTTP/1.1 " + status);
            assertThat(refused.text()).isEqualTo("no");
            assertThat(client.get("/").text()).isEqualTo("no");
            assertThat(client.exchange(UPGRADE).text()).isEqualTo("no");
            assertThat(backend.accepted()).isEqualTo(1);
        }
    }

    @Test
    void takesWhatCameBehindARefusedUpgradeForARequest() throws Exception {
        RawClient client = client(proxyTo(backend(Scripts.echo())));
        client.send(UPGRADE + "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n");
        assertThat(client.response().text()).isEqualTo("GET /chat ");
        assertThat(client.response().text()).isEqualTo("GET /next ");
    }

    @Test
    void asksForNoUpgradeThatTheClientDidNotProperlyAskFor() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        for (String request : new String[] {
            UPGRADE.replace("Connection: Upgrade\r\n", ""),
            UPGRADE.replace("Connection: Upgrade", "Connection: keep-alive"),
            UPGRADE.replace("Upgrade: websocket\r\n", ""),
            UPGRADE.replace("websocket", "h2c"),
            UPGRADE.replace("websocket", "websockets"),
            UPGRADE.replace("websocket", "\"websocket\""),
            UPGRADE.replace("Host: a.example\r\n", "Host: a.example\r\nContent-Length: 2\r\n") + "hi",
        }) {
            assertThat(client.exchange(request).status()).as(request).isEqualTo(200);
            MessageHead head = backend.request().head();
            assertThat(head.has("Upgrade")).as(request).isFalse();
            assertThat(head.has("Connection")).as(request).isFalse();
        }
    }

    @Test
    void asksForWebSocketWhereverItStandsAmongTheUpgrades() throws Exception {
        RawBackend backend = backend(echoing());
        RunningProxy proxy = proxyTo(backend);
        for (String fields : new String[] {
            "Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n",
            "Connection: Upgrade\r\nUpgrade: websocket, other/1\r\n",
            "Connection: Upgrade\r\nUpgrade: other/1 , websocket\r\n",
            "Connection: Upgrade\r\nUpgrade: other\r\nUpgrade: websocket\r\n",
            "Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: ,websocket,\r\n",
        }) {
            RawClient client = client(proxy).send("GET / HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n");
            assertThat(client.head().status()).as(fields).isEqualTo(101);
            assertThat(text(client.send("hi").exactly(2))).isEqualTo("hi");
            MessageHead head = backend.request().head();
            assertThat(head.only("Upgrade")).as(fields).isEqualTo("websocket");
            assertThat(head.only("Connection")).as(fields).isEqualTo("Upgrade");
        }
    }

    @Test
    void asksForNoUpgradeInHttp10() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        assertThat(client.exchange(UPGRADE.replace("HTTP/1.1", "HTTP/1.0")).status())
                .isEqualTo(200);
        assertThat(backend.request().head().has("Upgrade")).isFalse();
    }

    @Test
    void says502ToA101ThatNobodyAskedFor() throws Exception {
        for (String request : new String[] {
            "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
            UPGRADE.replace("websocket", "h2c"),
            UPGRADE.replace("Connection: Upgrade\r\n", ""),
        }) {
            RawBackend backend = backend(echoing());
            RunningProxy proxy = proxyTo(backend);
            assertThat(client(proxy).exchange(request).status()).as(request).isEqualTo(502);
            assertThat(proxy.record().failure()).isEqualTo("bad-response");
            Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        }
    }

    @Test
    void says502ToASwitchToAnotherProtocol() throws Exception {
        RawBackend backend = backend(connection -> {
            connection.request();
            connection.write(SWITCHING.replace("websocket", "h2c"));
            connection.awaitEnd();
        });
        assertThat(client(proxyTo(backend)).exchange(UPGRADE).status()).isEqualTo(502);
    }

    @Test
    void usesTheConnectionsOfATunnelForNothingElse() throws Exception {
        RawBackend backend = backend(echoing());
        RunningProxy proxy = proxyTo(backend);
        RawClient first = tunnel(proxy);
        RawClient second = tunnel(proxy);
        assertThat(backend.accepted()).isEqualTo(2);
        assertThat(text(first.send("1").exactly(1))).isEqualTo("1");
        assertThat(text(second.send("2").exactly(1))).isEqualTo("2");
        proxy.awaitCount("idle backend connections", LoopCounts::idleUpstreamConnections, 0);
    }

    @Test
    void letsATunnelRunOnWhileDrainingAndCutsItAtTheDeadline() throws Exception {
        RawBackend backend = backend(echoing());
        RunningProxy proxy = proxy(rigTo(backend).drain(Duration.ofSeconds(2)));
        RawClient client = tunnel(proxy);
        RawClient idle = client(proxy);
        proxy.awaitCount("client connections", LoopCounts::connections, 2);
        Thread closing = new Thread(proxy::close, "closing");
        closing.start();
        idle.expectEnd();
        assertThat(text(client.send("still here").exactly(10))).isEqualTo("still here");
        closing.join();
        Eventually.until("the backend connection is closed", () -> backend.ended() == 1);
        assertThat(proxy.record().status()).isEqualTo(101);
    }
}
