package io.proxyd.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final SampleProxy proxy = new SampleProxy();
    private final ConfigReloads reloads = new ConfigReloads();
    private long dropped;
    private final Metrics metrics = new Metrics(proxy.sources(), reloads, () -> dropped, "0.1.0");

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void sumsWhatTheEventLoopsCounted() {
        LiveBackend backend = guestbook();
        backend.traffic(0).responded(200, TimeUnit.MILLISECONDS.toNanos(2));
        backend.traffic(1).responded(204, TimeUnit.MILLISECONDS.toNanos(3));
        backend.traffic(1).responded(503, TimeUnit.SECONDS.toNanos(20));
        backend.traffic(0).attemptFailed();
        backend.traffic(0).connected();
        backend.traffic(1).connectFailed();
        backend.attemptStarted();
        assertThat(scrape())
                .contains(
                        "proxyd_requests_total{backend=\"g1\",service=\"guestbook\",status_class=\"2xx\"} 2.0",
                        "proxyd_requests_total{backend=\"g1\",service=\"guestbook\",status_class=\"4xx\"} 0.0",
                        "proxyd_requests_total{backend=\"g1\",service=\"guestbook\",status_class=\"5xx\"} 1.0",
                        "proxyd_attempts_failed_total{backend=\"g1\",service=\"guestbook\"} 1.0",
                        "proxyd_connect_total{backend=\"g1\",service=\"guestbook\"} 1.0",
                        "proxyd_connect_failures_total{backend=\"g1\",service=\"guestbook\"} 1.0",
                        "proxyd_backend_in_flight{backend=\"g1\",service=\"guestbook\"} 1.0");
    }

    @Test
    void histogramIsCumulativeWithDecimalBounds() {
        LiveBackend backend = guestbook();
        backend.traffic(0).responded(200, TimeUnit.MICROSECONDS.toNanos(500));
        backend.traffic(0).responded(200, TimeUnit.MICROSECONDS.toNanos(501));
        backend.traffic(0).responded(200, TimeUnit.SECONDS.toNanos(10));
        backend.traffic(0).responded(200, TimeUnit.SECONDS.toNanos(100));
        String series = "{backend=\"g1\",service=\"guestbook\"";
        assertThat(scrape())
                .contains(
                        "proxyd_request_duration_seconds_bucket" + series + ",le=\"5.0E-4\"} 1",
                        "proxyd_request_duration_seconds_bucket" + series + ",le=\"0.001\"} 2",
                        "proxyd_request_duration_seconds_bucket" + series + ",le=\"5.0\"} 2",
                        "proxyd_request_duration_seconds_bucket" + series + ",le=\"10.0\"} 3",
                        "proxyd_request_duration_seconds_bucket" + series + ",le=\"+Inf\"} 4",
                        "proxyd_request_duration_seconds_count" + series + "} 4",
                        "proxyd_request_duration_seconds_sum" + series + "} 110.001001");
    }

    @Test
    void tellsWhereTheTimeOfRequestsWent() {
        guestbook();
        for (int loop = 0; loop < 2; loop++) {
            proxy.service("guestbook")
                    .state()
                    .loop(loop)
                    .times()
                    .add(0, TimeUnit.MILLISECONDS.toNanos(2), TimeUnit.MICROSECONDS.toNanos(30));
        }
        String name = "proxyd_request_part_seconds_";
        assertThat(scrape())
                .contains(
                        name + "bucket{part=\"own\",service=\"guestbook\",le=\"1.0E-4\"} 2",
                        name + "sum{part=\"own\",service=\"guestbook\"} 6.0E-5",
                        name + "sum{part=\"backend\",service=\"guestbook\"} 0.004",
                        name + "bucket{part=\"backend\",service=\"guestbook\",le=\"0.001\"} 0",
                        name + "bucket{part=\"backend\",service=\"guestbook\",le=\"0.0025\"} 2",
                        name + "count{part=\"queue\",service=\"guestbook\"} 2",
                        name + "sum{part=\"queue\",service=\"guestbook\"} 0.0",
                        "proxyd_service_in_flight{service=\"guestbook\"} 0.0",
                        "proxyd_service_waiting{service=\"guestbook\"} 0.0",
                        "proxyd_service_limit{service=\"guestbook\"} +Inf");
    }

    @Test
    void onlyABackendThatMayBePickedIsUp() {
        LiveBackend backend = guestbook();
        assertThat(scrape())
                .contains(
                        "proxyd_backend_up{backend=\"g1\",service=\"guestbook\"} 0.0",
                        "proxyd_backend_state{backend=\"g1\",service=\"guestbook\",state=\"unchecked\"} 1.0",
                        "proxyd_service_panic{service=\"guestbook\"} 1.0");
        backend.health(new HealthVerdict(HealthVerdict.Health.PASSING, "connected", proxy.now()));
        assertThat(scrape())
                .contains(
                        "proxyd_backend_up{backend=\"g1\",service=\"guestbook\"} 1.0",
                        "proxyd_backend_state{backend=\"g1\",service=\"guestbook\",state=\"unchecked\"} 0.0",
                        "proxyd_backend_state{backend=\"g1\",service=\"guestbook\",state=\"up\"} 1.0",
                        "proxyd_service_panic{service=\"guestbook\"} 0.0");
        for (int i = 0; i < 3; i++) {
            backend.connectFailed(proxy.nanoTime(), proxy.now());
        }
        assertThat(scrape())
                .contains(
                        "proxyd_backend_up{backend=\"g1\",service=\"guestbook\"} 0.0",
                        "proxyd_backend_state{backend=\"g1\",service=\"guestbook\",state=\"ejected\"} 1.0",
                        "proxyd_ejections_total{backend=\"g1\",service=\"guestbook\"} 1.0");
    }

    @Test
    void seriesOfARemovedBackendEnd() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .register("guestbook", "g2", "10.0.0.2", 80)
                .build();
        assertThat(scrape()).anyMatch(line -> line.contains("backend=\"g2\""));
        proxy.deregister("g2").build();
        assertThat(scrape())
                .anyMatch(line -> line.contains("backend=\"g1\""))
                .noneMatch(line -> line.contains("backend=\"g2\""));
    }

    @Test
    void failuresAreCountedByServiceKindAndSide() {
        guestbook();
        proxy.service("guestbook").state().loop(0).failures().failed(FailureKind.CONNECT_FAILED);
        proxy.service("guestbook").state().loop(1).failures().failed(FailureKind.CONNECT_FAILED);
        proxy.service("guestbook").state().loop(1).failures().retried();
        proxy.loop(1).unrouted().failed(FailureKind.NO_ROUTE);
        assertThat(scrape())
                .contains(
                        "proxyd_failures_total{kind=\"connect-failed\",service=\"guestbook\",side=\"backend\"} 2.0",
                        "proxyd_failures_total{kind=\"internal\",service=\"guestbook\",side=\"proxy\"} 0.0",
                        "proxyd_failures_total{kind=\"no-route\",service=\"\",side=\"client\"} 1.0",
                        "proxyd_retries_total{service=\"guestbook\"} 1.0");
    }

    @Test
    void countsConnectionsOverAllLoops() {
        proxy.loop(0).connectionOpened();
        proxy.loop(1).connectionOpened();
        proxy.loop(1).connectionClosed();
        proxy.loop(0).upstreamConnections(2, 5);
        proxy.loop(1).upstreamConnections(1, 1);
        proxy.loop(1).exchangeStarted();
        dropped = 7;
        reloads.applied();
        reloads.refused();
        reloads.refused();
        assertThat(scrape())
                .contains(
                        "proxyd_downstream_connections 1.0",
                        "proxyd_downstream_connections_accepted_total 2.0",
                        "proxyd_upstream_connections{state=\"idle\"} 3.0",
                        "proxyd_upstream_connections{state=\"active\"} 3.0",
                        "proxyd_exchanges_in_flight 1.0",
                        "proxyd_access_log_dropped_total 7.0",
                        "proxyd_config_reloads_total{result=\"applied\"} 1.0",
                        "proxyd_config_reloads_total{result=\"refused\"} 2.0");
    }

    @Test
    void tellsTheStateOfTheRegistry() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .quarantine("/services/guestbook/g2", "port: 99999 is not 1 to 65535")
                .build()
                .advance(Duration.ofMillis(1500))
                .registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "connection refused"));
        assertThat(scrape())
                .contains(
                        "proxyd_registry_connected 0.0",
                        "proxyd_registry_revision 42.0",
                        "proxyd_registry_view_age_seconds 1.5",
                        "proxyd_registry_registrations 1.0",
                        "proxyd_registry_quarantined 1.0");
    }

    @Test
    void worksBeforeTheFirstTableAndSaysNotReady() {
        proxy.registry(new RegistryStatus("etcd", false, 0, null, "connection refused"));
        assertThat(scrape())
                .contains("proxyd_ready 0.0", "proxyd_registry_revision 0.0")
                .noneMatch(line -> line.startsWith("proxyd_registry_view_age_seconds "));
        proxy.build();
        assertThat(scrape()).contains("proxyd_ready 1.0");
        proxy.listening(false);
        assertThat(scrape()).contains("proxyd_ready 0.0");
    }

    @Test
    void aRegistrationUnderTheIdOfAConfiguredBackendMakesOneSeries() {
        proxy.configure("guestbook", "10.0.0.1:80")
                .register("guestbook", "10.0.0.1:80", "10.0.0.9", 80, 50, Registration.State.UP)
                .build();
        assertThat(scrape()).contains("proxyd_backend_weight{backend=\"10.0.0.1:80\",service=\"guestbook\"} 50.0");
    }

    @Test
    void carriesJvmProcessAndAllocatorMetrics() {
        assertThat(String.join("\n", scrape()))
                .contains("jvm_memory_used_bytes{")
                .contains("jvm_gc_")
                .contains("jvm_threads_live_threads ")
                .contains("process_uptime_seconds ")
                .contains("process_files_open_files ")
                .contains("netty_allocator_memory_used{");
    }

    @Test
    void answersInOpenMetricsWhereTheAcceptFieldNamesIt() {
        guestbook();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        String accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5";
        assertThat(metrics.scrape(accept, body)).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(body.toString(StandardCharsets.UTF_8))
                .contains("# TYPE proxyd_requests counter\n")
                .contains("proxyd_build_info{")
                .endsWith("# EOF\n");
    }

    @Test
    void answersInPrometheusTextOtherwise() {
        for (@Nullable String accept : new @Nullable String[] {null, "*/*", "text/html"}) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            assertThat(metrics.scrape(accept, body)).startsWith("text/plain; version=0.0.4");
            assertThat(body.toString(StandardCharsets.UTF_8)).contains("# TYPE proxyd_ready gauge\n");
        }
    }

    private LiveBackend guestbook() {
        proxy.configure("guestbook").register("guestbook", "g1", "10.0.0.1", 80).build();
        return proxy.resolve("guestbook", "g1", "10.0.0.1");
    }

    private List<String> scrape() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        metrics.scrape(null, body);
        return body.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
