package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What requests meet costs a backend new requests at once; the health check convicts or acquits it; then it is tried again. */
final class SuspicionTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String BUSY = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    private static final String NEVER = "";
    private static final Duration BASE = Duration.ofMillis(300);

    private static final HealthCheckConfig.Schedule HOURLY = new HealthCheckConfig.Schedule(
            Duration.ofHours(1), Duration.ofMillis(10), 0, Duration.ofSeconds(10), 2, 2, true);

    private final AtomicReference<String> answer = new AtomicReference<>(OK);
    private final AtomicReference<String> checked = new AtomicReference<>(OK);

    @Test
    void gatewayErrorsCostABackendNewRequestsAtOnceAndItIsTriedAgain() throws Exception {
        RawBackend sick = backend(changing());
        RunningProxy proxy = checking(sick, answering(OK));
        RawClient client = client(proxy);
        answer.set(BUSY);
        getUntil(client, () -> stands(proxy, sick) == Standing.EJECTED);
        assertThat(backend(proxy, sick).ejection().evidence()).isEqualTo("5 gateway errors in a row");
        assertThat(backend(proxy, sick).health().health()).as("its check").isEqualTo(Health.PASSING);

        answer.set(OK);
        getUntil(client, () -> told(proxy, Change.RESTORED));
        assertThat(stands(proxy, sick)).isEqualTo(Standing.UP);
        assertThat(backend(proxy, sick).ejection().total()).isEqualTo(1);
    }

    @Test
    void aBackendThatStallsCostsAHandfulOfRequests() throws Exception {
        RawBackend sick = backend(changing());
        RunningProxy proxy = checking(sick, answering(OK));
        answer.set(NEVER);
        checked.set(NEVER);
        for (int i = 0; i < 8; i++) {
            client(proxy).send(GET);
        }
        Eventually.until("it is out", () -> stands(proxy, sick) == Standing.EJECTED);
        assertThat(backend(proxy, sick).ejection().evidence()).matches("[34] requests late and no answer since");
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(200);
    }

    @Test
    void aSuspectedBackendIsConvictedByItsCheckLongBeforeTheNextUsualOne() throws Exception {
        RawBackend sick = backend(changing());
        RunningProxy proxy = checking(sick, answering(OK));
        RawClient client = client(proxy);
        answer.set(BUSY);
        checked.set(BUSY);
        getUntil(client, () -> stands(proxy, sick) == Standing.UNHEALTHY);
        Eventually.until(
                "the journal knows of it, too", () -> changes(proxy, sick).contains(Change.UNHEALTHY));
        assertThat(changes(proxy, sick)).containsSubsequence(Change.EJECTED, Change.UNHEALTHY);
    }

    private static List<Change> changes(RunningProxy proxy, RawBackend backend) {
        return proxy.server().journal().newest("app", 100).stream()
                .filter(entry -> id(backend).equals(entry.backend()))
                .map(Journal.Entry::change)
                .toList();
    }

    @Test
    void aBackendThatFailsOnTrialIsOutAgainForLonger() throws Exception {
        RawBackend sick = backend(changing());
        RunningProxy proxy = checking(sick, answering(OK));
        RawClient client = client(proxy);
        answer.set(BUSY);
        getUntil(client, () -> backend(proxy, sick).ejection().total() == 2);
        assertThat(backend(proxy, sick).ejection().evidence()).isEqualTo("a gateway error when it was tried again");
    }

    @Test
    void theLastBackendIsNotEjected() throws Exception {
        RawBackend sick = backend(changing());
        RunningProxy proxy = checking(sick);
        RawClient client = client(proxy);
        answer.set(BUSY);
        for (int i = 0; i < 20; i++) {
            assertThat(client.exchange(GET).status()).isEqualTo(503);
        }
        assertThat(stands(proxy, sick)).isEqualTo(Standing.UP);
        assertThat(told(proxy, Change.EJECTION_REFUSED)).isTrue();
    }

    @Test
    void aBackendWhoseCheckSaysThatItDrainsGetsNothingNew() throws Exception {
        RawBackend leaving = backend(changing());
        RawBackend other = answering(OK);
        RunningProxy proxy = checking(leaving, other);
        checked.set("HTTP/1.1 200 OK\r\nX-Draining: true\r\nContent-Length: 0\r\n\r\n");
        proxy.reload(
                rig(HOURLY.timeout(), leaving, other).transport(transport)); // checks at once what is checked otherwise
        Eventually.until("it drains", () -> stands(proxy, leaving) == Standing.DRAINING);
        Eventually.until("it is told", () -> told(proxy, Change.DRAINING));
    }

    /** A proxy that checks its backends once an hour, but every few milliseconds while one is in doubt. */
    private RunningProxy checking(RawBackend... backends) throws Exception {
        RunningProxy proxy = proxy(rig(HOURLY.interval(), backends));
        Eventually.until("all have passed a check", () -> app(proxy).backends().stream()
                .allMatch(b -> b.health().health() == Health.PASSING));
        return proxy;
    }

    private static Rig rig(Duration interval, RawBackend... backends) {
        HealthCheckConfig.Schedule schedule = new HealthCheckConfig.Schedule(
                interval, HOURLY.openInterval(), 0, HOURLY.timeout(), HOURLY.rise(), HOURLY.fall(), true);
        return rigTo(backends)
                .check(new HealthCheckConfig.Http(
                        schedule,
                        "/healthz",
                        null,
                        List.of(new HealthCheckConfig.StatusRange(200, 200)),
                        null,
                        Map.of(),
                        new HealthCheckConfig.Draining("X-Draining", 0)))
                .ejection(new ServiceConfig.Ejection(3, 5, 3, 1, 0.5, BASE, Duration.ofMinutes(5)));
    }

    /** Answers requests and checks with what is set. */
    private RawBackend.Script changing() {
        return connection -> {
            while (true) {
                Message request = connection.request();
                connection.write((request.target().equals("/healthz") ? checked : answer).get()); // nothing if NEVER
            }
        };
    }

    /** Sends one request after the other. */
    private static void getUntil(RawClient client, Eventually.Condition condition) {
        Eventually.until("requests have brought it about", () -> {
            client.exchange(GET);
            return condition.holds();
        });
    }

    private static boolean told(RunningProxy proxy, Change change) {
        return proxy.server().journal().newest("app", 100).stream().anyMatch(e -> e.change() == change);
    }

    private static Standing stands(RunningProxy proxy, RawBackend backend) {
        return app(proxy).standing(backend(proxy, backend), System.nanoTime());
    }

    private static LiveBackend backend(RunningProxy proxy, RawBackend backend) {
        return app(proxy).backends().stream()
                .filter(b -> b.key().id().equals(id(backend)))
                .findAny()
                .orElseThrow();
    }

    private static String id(RawBackend backend) {
        return "127.0.0.1:" + backend.port();
    }

    private static Service app(RunningProxy proxy) {
        return Objects.requireNonNull(proxy.table().services().get("app"));
    }
}
