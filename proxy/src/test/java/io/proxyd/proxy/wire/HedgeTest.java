package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.route.Failures;
import io.proxyd.proxy.route.LiveBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What takes long at one backend is answered by another one. */
final class HedgeTest extends WireTest {
    private static final Duration SOON = Duration.ofMillis(20);
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
    private static final String PUT = POST.replace("POST", "PUT");

    private final DeadPorts ports = closing(new DeadPorts());

    @Test
    void asksAnotherBackendBesideOneThatIsSilent() throws Exception {
        RawBackend silent = backend(Scripts.silent());
        RawBackend answering = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(silent, answering).hedgingAfter(SOON));
        RawClient client = client(proxy);
        int hedged = 0;
        for (int i = 0; i < 6; i++) {
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
            hedged += proxy.record().attempts() - 1;
        }
        assertThat(hedged).isGreaterThanOrEqualTo(3);
        assertThat(failures(proxy).hedges()).isEqualTo(hedged);
        proxy.awaitCount("backend connections in use", c -> c.upstreamConnections() - c.idleUpstreamConnections(), 0);
        assertThat(proxy.table().backends().mapToInt(LiveBackend::inFlight).sum())
                .isZero();
    }

    @Test
    void waitsForTheFirstBackendToo() throws Exception {
        Gate gate = new Gate();
        RawBackend slow = backend(connection -> {
            Message request = connection.request();
            gate.await();
            connection.write(Scripts.echoOf(request, connection));
            connection.awaitEnd();
        });
        RawBackend silent = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(slow, silent).hedgingAfter(SOON).retries(2, 0));
        RawClient client = client(proxy).send(GET);
        slow.request();
        silent.request();
        gate.open();
        assertThat(client.response().text()).isEqualTo("GET / ");
    }

    @Test
    void doesNotSendAPostTwice() throws Exception {
        RawBackend slow = backend(Scripts.silent());
        RawBackend other = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(slow, other).hedgingAfter(SOON).responseHead(Duration.ofMillis(300)));
        assertThat(client(proxy).exchange(POST).status()).isEqualTo(504);
        assertThat(slow.unseenRequests() + other.unseenRequests()).isEqualTo(1);
        assertThat(proxy.record().attempts()).isEqualTo(1);
    }

    @Test
    void movesARequestWithABodyElsewhere() throws Exception {
        RawBackend silent = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(silent, backend(Scripts.echo())).hedgingAfter(SOON));
        RawClient client = client(proxy);
        for (int i = 0; i < 4; i++) {
            assertThat(client.exchange(PUT).text()).isEqualTo("PUT / hello");
        }
        proxy.awaitCount("backend connections in use", c -> c.upstreamConnections() - c.idleUpstreamConnections(), 0);
        assertThat(silent.accepted()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void sendsAPostTwiceWithAnIdempotencyKeyOnly() throws Exception {
        RawBackend closing = backend(Scripts.once(""));
        RawBackend other = backend(Scripts.once(""));
        RunningProxy proxy = proxyTo(closing, other);
        RawClient client = client(proxy);
        assertThat(client.exchange(POST.replace("Content-Length", "Idempotency-Key: 8e03\r\nContent-Length"))
                        .status())
                .isEqualTo(502);
        assertThat(proxy.record().attempts()).isEqualTo(2);
        assertThat(client.exchange(POST).status()).isEqualTo(502);
        assertThat(proxy.record().attempts()).isEqualTo(1);
    }

    @Test
    void doesNotWaitForAConnectionThatTakesLong() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to(ports.unanswering(), backend.port()));
        RawClient client = client(proxy);
        for (int i = 0; i < 2; i++) {
            assertThat(client.exchange(POST).text()).isEqualTo("POST / hello");
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
        }
        assertThat(proxy.count(LoopCounts::exchanges)).isZero();
    }

    @Test
    void fetchesAResponseThatReportsAFailureElsewhere() throws Exception {
        RawBackend failing = answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy");
        RunningProxy proxy = proxy(rigTo(failing, backend(Scripts.echo())).retries(retries(1, 1000)));
        RawClient client = client(proxy);
        for (int i = 0; i < 6; i++) {
            assertThat(client.exchange(GET).text()).isEqualTo("GET / ");
        }
        assertThat(failing.accepted()).as("its connection is used again").isEqualTo(1);
        int failed = 0;
        for (int i = 0; i < 2; i++) {
            failed += client.exchange(POST).status() == 503 ? 1 : 0;
        }
        assertThat(failed).as("a POST may have been executed").isEqualTo(1);
    }

    @Test
    void passesTheFailureOnThatAllBackendsReport() throws Exception {
        String busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
        RunningProxy proxy = proxy(rigTo(answering(busy), answering(busy)).retries(retries(1, 1000)));
        Message response = client(proxy).exchange(GET);
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.text()).isEqualTo("busy");
        ExchangeRecord record = proxy.record();
        assertThat(record.attempts()).isEqualTo(2);
        assertThat(record.failure()).isNull();
    }

    @Test
    void triesABackendThatIsOutBeforeARequestFails() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        int refusing = ports.refusing();
        RunningProxy proxy = proxy(Rig.to(refusing, backend.port()));
        LiveBackend out = proxy.table()
                .backends()
                .filter(b -> b.key().port() == backend.port())
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < 3; i++) {
            out.connectFailed(System.nanoTime(), Instant.now());
        }
        assertThat(out.ejection().active(System.nanoTime())).isTrue();
        assertThat(client(proxy).exchange(POST).text()).isEqualTo("POST / hello");
    }

    @Test
    void keepsToItsBudget() throws Exception {
        RawBackend failing = answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        RunningProxy proxy = proxy(rigTo(failing, backend(Scripts.echo())).retries(retries(0.1, 0)));
        RawClient client = client(proxy);
        int retried = 0;
        for (int i = 0; i < 40; i++) {
            client.exchange(GET);
            retried += proxy.record().attempts() - 1;
        }
        assertThat(retried).isBetween(4, 5); // a tenth of 40, and one that is always allowed
        assertThat(failures(proxy).refusalsByBudget()).isPositive();
    }

    private static Failures failures(RunningProxy proxy) {
        return proxy.table().services().values().iterator().next().state().failures()[0];
    }

    private static ServiceConfig.Retries retries(double budget, int floor) {
        return new ServiceConfig.Retries(3, 65536, 0, List.of(503), false, budget, floor);
    }
}
