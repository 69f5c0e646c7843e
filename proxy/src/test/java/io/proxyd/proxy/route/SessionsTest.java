package io.proxyd.proxy.route;

import static io.proxyd.proxy.route.SampleConfig.registration;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.BalancingConfig;
import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.config.BalancingConfig.Panic;
import io.proxyd.config.BalancingConfig.Sticky;
import io.proxyd.discovery.Intent;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionsTest {
    private static final RequestHead FRESH = Heads.get("example.org", "/");

    private final SplittableRandom random = new SplittableRandom(1);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Service service = service(new Sticky("at", Duration.ZERO));
    private final LiveBackend b = backend("b");

    @Test
    void aNewSessionGetsTheCookieOfTheBackendThatAnswers() {
        assertThat(line(service, FRESH, b)).matches("Set-Cookie: at=[0-9a-f]{8}; Path=/; HttpOnly; SameSite=Lax\r\n");
        assertThat(line(service, FRESH, backend("a"))).isNotEqualTo(line(service, FRESH, b));
    }

    @Test
    void theCookieLivesAsLongAsConfigured() {
        assertThat(line(service(new Sticky("at", Duration.ofMillis(90_001))), FRESH, b))
                .contains("; Path=/; Max-Age=91; HttpOnly");
    }

    @Test
    void theCookieIsTheSameInEveryProxyAndTellsNothing() {
        String value = Sessions.value(b);
        assertThat(service(new Sticky("at", Duration.ZERO)).backends())
                .extracting(Sessions::value)
                .contains(value);
        assertThat(value).hasSize(8);
    }

    @Test
    void aSessionStaysWithItsBackendAndGetsNoOtherCookie() {
        RequestHead head = with("at=" + Sessions.value(b));
        for (int i = 0; i < 100; i++) {
            assertThat(pick(head)).isSameAs(b);
        }
        assertThat(line(service, head, b)).isNull();
        assertThat(line(service, head, backend("a"))).as("after a retry").contains(Sessions.value(backend("a")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x=1; at=%s", "at=%s;y=2", "cat=7;  at=%s ; x", "=; at=%s", "at=%s; at=00000000"})
    void theCookieIsFoundAmongOthers(String cookies) {
        assertThat(service.pick(with(String.format(cookies, Sessions.value(b))), List.of(), 0, random))
                .isSameAs(b);
        assertThat(line(service, with(String.format(cookies, Sessions.value(b))), b))
                .isNull();
    }

    @Test
    void theCookieIsFoundInTheSecondOfTwoFields() {
        RequestHead head =
                Heads.parse("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=1\r\ncookie: at=" + Sessions.value(b) + "\r\n\r\n");
        assertThat(line(service, head, b)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"at=", "at", "AT=%s", "bat=%s", "at=%s0", "at=ffffffff", "at=\"%s\"", ""})
    void whatIsNoSuchCookieIsNoSession(String cookies) {
        assertThat(line(service, with(String.format(cookies, Sessions.value(b))), b))
                .isNotNull();
    }

    @Test
    void aSessionMovesWhenItsBackendIsNotUp() {
        RequestHead head = with("at=" + Sessions.value(b));
        b.health(new HealthVerdict(Health.FAILING, "as the test says", Instant.EPOCH));
        assertThat(pick(head)).isNotNull().isNotSameAs(b);
    }

    @Test
    void aRetryDoesNotGoBackForTheSession() {
        RequestHead head = with("at=" + Sessions.value(b));
        assertThat(service.pick(head, List.of(b), 0, random)).isNotNull().isNotSameAs(b);
    }

    @Test
    void whileABackendDrainsItsSessionsStayAndNoNewOnesCome() {
        drain(b, now.plusSeconds(60));
        RequestHead head = with("at=" + Sessions.value(b));
        for (int i = 0; i < 100; i++) {
            assertThat(pick(FRESH)).isNotSameAs(b);
            assertThat(pick(head)).isSameAs(b);
        }
        assertThat(service.pick(head, List.of(b), 0, random)).isNotSameAs(b);
    }

    @Test
    void afterTheDeadlineOfTheDrainSessionsMoveToo() {
        drain(b, now.plusSeconds(60));
        now = now.plusSeconds(60);
        assertThat(pick(with("at=" + Sessions.value(b)))).isNotNull().isNotSameAs(b);
    }

    @Test
    void aDrainingBackendThatFailsItsChecksLosesItsSessions() {
        drain(b, now.plusSeconds(60));
        b.health(new HealthVerdict(Health.FAILING, "as the test says", Instant.EPOCH));
        assertThat(pick(with("at=" + Sessions.value(b)))).isNotNull().isNotSameAs(b);
    }

    @Test
    void aServiceWithoutSessionsSetsNoCookie() {
        assertThat(line(service(null), FRESH, b)).isNull();
    }

    private void drain(LiveBackend backend, Instant until) {
        Intent intent = new Intent("web", "b", true, Optional.empty(), until, "root@here", "a test");
        backend.terms(new Terms(100, true, Source.REGISTRY, null, intent));
    }

    private static RequestHead with(String cookies) {
        return Heads.parse("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + cookies + "\r\n\r\n");
    }

    private @Nullable LiveBackend pick(RequestHead head) {
        return service.pick(head, List.of(), 0, random);
    }

    private static @Nullable String line(Service service, RequestHead head, LiveBackend used) {
        byte[] line = service.setCookie(head, used);
        return line == null ? null : new String(line, StandardCharsets.US_ASCII);
    }

    private Service service(@Nullable Sticky sticky) {
        BalancingConfig balancing = new BalancingConfig(
                Algorithm.RANDOM, new HashKey.Path(), Duration.ZERO, 0.7, sticky, new Panic(0, Panic.Mode.USE_ALL));
        RoutingTable table = new RoutingTableBuilder(1, () -> now, BackendEvents.NONE)
                .build(
                        SampleConfig.config(SampleConfig.service("web", balancing)),
                        SampleConfig.view(
                                registration("web", "a", "127.0.0.1", 1),
                                registration("web", "b", "127.0.0.1", 2),
                                registration("web", "c", "127.0.0.1", 3)),
                        null);
        table.backends()
                .forEach(each -> each.address(new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), each.key().port())));
        return Objects.requireNonNull(table.services().get("web"));
    }

    private LiveBackend backend(String id) {
        return service.backends().stream()
                .filter(each -> each.key().id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
