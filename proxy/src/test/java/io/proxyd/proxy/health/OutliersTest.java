package io.proxyd.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.EjectionReason;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.SampleConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutliersTest {
    private final Outliers outliers = new Outliers();

    @Test
    void theBackendThatFailsMuchMoreThanTheOthersIsEjected() {
        RoutingTable table = table(0.2, 3);
        List<LiveBackend> backends = watched(table);
        responds(backends.get(0), 98, 200);
        responds(backends.get(0), 2, 500);
        responds(backends.get(1), 100, 200);
        responds(backends.get(2), 60, 200);
        fails(backends.get(2), 30);
        responds(backends.get(2), 10, 503);

        sweep(table);

        assertThat(ejected(backends)).containsExactly(backends.get(2));
        assertThat(backends.get(2).ejection().reason()).isEqualTo(EjectionReason.FAILURE_RATE);
        assertThat(backends.get(2).ejection().evidence()).isEqualTo("fails 40 % of its attempts, the others 1 %");
    }

    @Test
    void noneIsAnOutlierWhereAllFailAlike() {
        RoutingTable table = table(0.2, 3);
        List<LiveBackend> backends = watched(table);
        backends.forEach(backend -> fails(backend, 100));
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    @Test
    void aDifferenceThatIsToleratedEjectsNone() {
        RoutingTable table = table(0.2, 2);
        List<LiveBackend> backends = watched(table);
        responds(backends.get(0), 100, 200);
        responds(backends.get(1), 80, 200);
        fails(backends.get(1), 20);
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    @Test
    void aFewAttemptsSayNothing() {
        RoutingTable table = table(0.2, 2);
        List<LiveBackend> backends = watched(table);
        responds(backends.get(0), 100, 200);
        fails(backends.get(1), 19);
        sweep(table);
        assertThat(ejected(backends)).as("of one").isEmpty();
        fails(backends.get(1), 5);
        sweep(table);
        assertThat(ejected(backends)).as("but of some seconds together").containsExactly(backends.get(1));
    }

    @Test
    void aFewAttemptsOfTheOthersSayNothingEither() {
        RoutingTable table = table(0.2, 2);
        List<LiveBackend> backends = watched(table);
        responds(backends.get(0), 19, 200);
        fails(backends.get(1), 100);
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    @Test
    void whatHappenedLongAgoCountsNoMore() {
        RoutingTable table = table(0.2, 2);
        List<LiveBackend> backends = watched(table);
        fails(backends.get(1), 100);
        for (int second = 0; second < 20; second++) {
            sweep(table);
        }
        responds(backends.get(0), 100, 200);
        responds(backends.get(1), 100, 200);
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    @Test
    void oneTurnsItOff() {
        RoutingTable table = table(1, 2);
        List<LiveBackend> backends = watched(table);
        responds(backends.get(0), 100, 200);
        fails(backends.get(1), 100);
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    @Test
    void aBackendAloneIsNoOutlier() {
        RoutingTable table = table(0.2, 1);
        List<LiveBackend> backends = watched(table);
        fails(backends.get(0), 100);
        sweep(table);
        assertThat(ejected(backends)).isEmpty();
    }

    private static RoutingTable table(double failureRate, int backends) {
        ServiceConfig.Ejection rule =
                new ServiceConfig.Ejection(3, 0, 0, failureRate, 0.5, Duration.ofSeconds(10), Duration.ofSeconds(60));
        ServiceConfig service = SampleConfig.service("web", Algorithm.LEAST_REQUEST, SampleConfig.NO_CHECK, rule);
        Registration[] registrations = new Registration[backends];
        for (int i = 0; i < backends; i++) {
            registrations[i] = SampleConfig.registration("web", "b" + i, "127.0.0.1", 1000 + i);
        }
        RoutingTable table = new RoutingTableBuilder(2, InstantSource.system(), BackendEvents.NONE)
                .build(SampleConfig.config(service), SampleConfig.view(registrations), null);
        table.backends().forEach(b -> b.address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)));
        return table;
    }

    /** The backends of the table, whose counters are followed from now on. */
    private List<LiveBackend> watched(RoutingTable table) {
        sweep(table);
        return table.backends().toList();
    }

    private void sweep(RoutingTable table) {
        outliers.sweep(table.services().values(), 0);
    }

    private static List<LiveBackend> ejected(List<LiveBackend> backends) {
        return backends.stream().filter(b -> b.ejection().active(0)).toList();
    }

    private static void responds(LiveBackend backend, int times, int status) {
        for (int i = 0; i < times; i++) {
            backend.traffic(i % 2).responded(status, 1000);
        }
    }

    private static void fails(LiveBackend backend, int times) {
        for (int i = 0; i < times; i++) {
            backend.traffic(i % 2).attemptFailed();
        }
    }
}
