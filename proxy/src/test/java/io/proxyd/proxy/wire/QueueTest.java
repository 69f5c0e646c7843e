package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.LoopCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is more than a service can take waits a little, or is turned away. */
final class QueueTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Gate gate = new Gate();

    private RawBackend gated() throws Exception {
        return backend(connection -> {
            while (true) {
                Message request = connection.request();
                gate.await();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
    }

    @Test
    void letsOneInWhenAnotherHasEnded() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 10, LONG));
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clients.add(client(proxy).send(GET));
            proxy.awaitCount("exchanges", LoopCounts::exchanges, i + 1);
        }
        backend.request();
        assertThat(backend.unseenRequests()).isZero();
        gate.open();
        for (RawClient client : clients) {
            assertThat(client.response().text()).isEqualTo("GET / ");
        }
        assertThat(backend.accepted())
                .as("one after the other on one connection")
                .isEqualTo(1);
    }

    @Test
    void turnsAwayWhatFindsTheQueueFull() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 1, LONG));
        RawClient first = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        RawClient second = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 2);
        Message refused = client(proxy).exchange(GET);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.head().only("Retry-After")).isEqualTo("1");
        assertThat(proxy.record().failure()).isEqualTo("overloaded");
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
        assertThat(second.response().status()).isEqualTo(200);
    }

    @Test
    void turnsAwayWhatHasWaitedTooLong() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 1, Duration.ofMillis(30)));
        RawClient first = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(503);
        assertThat(proxy.record().failure()).isEqualTo("overloaded");
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(200);
    }

    @Test
    void forgetsAWaitingClientThatWentAway() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 1, LONG));
        RawClient first = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        RawClient second = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 2);
        second.reset();
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(200);
        assertThat(backend.request()).isNotNull();
        assertThat(backend.request()).isNotNull();
        assertThat(backend.unseenRequests()).isZero();
    }

    @Test
    void queuesARequestWithItsBody() throws Exception {
        RawBackend backend = gated();
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 1, LONG));
        RawClient first = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        RawClient second = client(proxy).send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 2);
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
        assertThat(second.response().text()).isEqualTo("POST / hello");
    }
}
