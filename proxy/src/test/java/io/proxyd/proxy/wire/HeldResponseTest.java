package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.LoopCounts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A small response is shown once it is complete; one that breaks off or stalls before that comes from another backend. */
final class HeldResponseTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String HALF = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!";
    private static final String HALF_CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf!\r\n";

    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration NOTICEABLE = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(30);

    private static Rig rig(Duration hedge, RawBackend... backends) {
        return rigTo(backends)
                .hedgingAfter(hedge)
                .retries(new ServiceConfig.Retries(3, 65536, 16384, List.of(), false, 1, 1000));
    }

    @Test
    void fetchesAResponseElsewhereThatBreaksOff() throws Exception {
        for (String half : List.of(HALF, HALF_CHUNKED)) {
            RunningProxy proxy = proxy(rig(LONG, backend(Scripts.once(half)), backend(Scripts.echo())));
            RawClient client = client(proxy);
            for (int i = 0; i < 4; i++) {
                assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
            }
        }
    }

    @Test
    void fetchesAResponseElsewhereThatStalls() throws Exception {
        RawBackend stalling = backend(connection -> {
            connection.request();
            connection.write(HALF);
            connection.awaitEnd();
        });
        RunningProxy proxy = proxy(rig(NOTICEABLE, stalling, backend(Scripts.echo())));
        RawClient client = client(proxy);
        for (int i = 0; i < 4; i++) {
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
        }
        proxy.awaitCount("backend connections in use", c -> c.upstreamConnections() - c.idleUpstreamConnections(), 0);
    }

    @Test
    void showsWhatThereIsWhereNobodyElseHasMore() throws Exception {
        Gate gate = new Gate();
        RawBackend.Script dripping = connection -> {
            connection.request();
            connection.write(HALF);
            gate.await();
            connection.write("whole");
            connection.awaitEnd();
        };
        RawBackend one = backend(dripping);
        RawBackend two = backend(dripping);
        RunningProxy proxy = proxy(rig(SOON, one, two));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        assertThat(new String(client.exactly(5), StandardCharsets.US_ASCII)).isEqualTo("half!");
        gate.open();
        assertThat(new String(client.exactly(5), StandardCharsets.US_ASCII)).isEqualTo("whole");
    }

    @Test
    void showsAStreamSoon() throws Exception {
        RawBackend.Script streaming = connection -> {
            connection.request();
            connection.write(HALF_CHUNKED);
            connection.awaitEnd();
        };
        RunningProxy proxy = proxy(rig(SOON, backend(streaming), backend(streaming)));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        assertThat(new String(client.exactly(8), StandardCharsets.US_ASCII)).isEqualTo("5\r\nhalf!");
    }

    @Test
    void neverTakesBackWhatWasShown() throws Exception {
        String large = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(20_000);
        RawBackend one = backend(Scripts.once(large));
        RawBackend two = backend(Scripts.once(large));
        RunningProxy proxy = proxy(rig(LONG, one, two));
        RawClient client = client(proxy).send(GET);
        assertThat(client.head().status()).isEqualTo(200);
        client.exactly(20_000);
        client.expectEnd();
        assertThat(proxy.record().failure()).isEqualTo("response-truncated");
        assertThat(one.unseenRequests() + two.unseenRequests()).isEqualTo(1);
        assertThat(proxy.count(LoopCounts::exchanges)).isZero();
    }
}
