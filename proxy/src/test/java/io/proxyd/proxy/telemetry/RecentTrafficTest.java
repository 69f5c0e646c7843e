package io.proxyd.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proxyd.proxy.route.LiveBackend;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecentTrafficTest {
    private final SampleProxy proxy = new SampleProxy()
            .configure("guestbook")
            .register("guestbook", "g1", "10.0.0.1", 80)
            .build();
    private final LiveBackend backend = proxy.backend("guestbook", "g1");
    private final RecentTraffic recent = new RecentTraffic(proxy.sources());

    @Test
    void ratesAreThoseSinceTheStartBeforeAMinuteHasPassed() {
        recent.sample();
        respond(200, 40);
        proxy.advance(Duration.ofSeconds(4));
        Recent last = recent.of(backend);
        assertThat(last.requestsPerSecond()).isCloseTo(10, within(0.01));
        assertThat(last.errors()).isZero();
        assertThat(last.errorRate()).isZero();
    }

    @Test
    void ratesAreThoseOfTheLastMinuteLater() {
        for (int tenSeconds = 0; tenSeconds < 30; tenSeconds++) {
            respond(200, tenSeconds < 20 ? 1000 : 50);
            tick();
        }
        Recent last = recent.of(backend);
        assertThat(last.requestsPerSecond()).isCloseTo(5, within(0.01));
    }

    @Test
    void whatHappenedMoreThanAMinuteAgoIsForgotten() {
        respond(500, 10);
        for (int tenSeconds = 0; tenSeconds < 7; tenSeconds++) {
            tick();
        }
        Recent last = recent.of(backend);
        assertThat(last.requestsPerSecond()).isZero();
        assertThat(last.errors()).isZero();
        assertThat(last.p50()).isNull();
        assertThat(last.p99()).isNull();
    }

    @Test
    void serverErrorsAndFailedAttemptsAreErrors() {
        respond(200, 6);
        respond(404, 1);
        respond(500, 2);
        backend.traffic(0).attemptFailed();
        tick();
        Recent last = recent.of(backend);
        assertThat(last.errors()).isEqualTo(3);
        assertThat(last.errorRate()).isCloseTo(0.3, within(0.001));
        assertThat(last.requestsPerSecond()).isCloseTo(1, within(0.001));
    }

    @Test
    void percentilesLieWithinTheBucketOfTheLatency() {
        for (int i = 0; i < 95; i++) {
            backend.traffic(i % 2).responded(200, TimeUnit.MICROSECONDS.toNanos(1800));
        }
        for (int i = 0; i < 5; i++) {
            backend.traffic(0).responded(200, TimeUnit.MILLISECONDS.toNanos(75));
        }
        Recent last = recent.of(backend);
        assertThat(last.p50()).isBetween(Duration.ofNanos(1_500_000), Duration.ofMillis(2));
        assertThat(last.p99()).isBetween(Duration.ofMillis(60), Duration.ofMillis(80));
    }

    @Test
    void aLatencyAboveAllBoundsCountsAsTheLastBound() {
        backend.traffic(0).responded(200, TimeUnit.MINUTES.toNanos(10));
        assertThat(recent.of(backend).p99()).isEqualTo(Duration.ofSeconds(80));
    }

    @Test
    void aBackendThatCameLateIsMeasuredFromTheReadingBeforeItCame() {
        for (int tenSeconds = 0; tenSeconds < 3; tenSeconds++) {
            tick();
        }
        proxy.register("guestbook", "g2", "10.0.0.2", 80).build();
        LiveBackend late = proxy.backend("guestbook", "g2");
        respond(late, 200, 30);
        proxy.advance(Duration.ofSeconds(5));
        assertThat(recent.of(late).requestsPerSecond()).isCloseTo(6, within(0.01));
        proxy.advance(Duration.ofSeconds(5));
        recent.sample();
        assertThat(recent.of(late).requestsPerSecond()).isCloseTo(3, within(0.01));
    }

    @Test
    void aBackendThatRegistersAgainSoonGoesOnWithItsReadings() {
        respond(200, 1000);
        tick();
        proxy.deregister("g1").build();
        tick();
        proxy.register("guestbook", "g1", "10.0.0.1", 80).build();
        tick();
        LiveBackend again = proxy.backend("guestbook", "g1");
        assertThat(again).isSameAs(backend);
        assertThat(recent.of(again).requestsPerSecond()).isCloseTo(1000 / 30.0, within(1.0));
    }

    private void tick() {
        proxy.advance(RecentTraffic.INTERVAL);
        recent.sample();
    }

    private void respond(int status, int times) {
        respond(backend, status, times);
    }

    private static void respond(LiveBackend backend, int status, int times) {
        for (int i = 0; i < times; i++) {
            backend.traffic(i % 2).responded(status, TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
