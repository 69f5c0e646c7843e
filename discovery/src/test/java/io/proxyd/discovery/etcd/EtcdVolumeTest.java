package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Much at once. */
class EtcdVolumeTest {
    private EtcdProcess etcd;
    private TcpRelay relay;
    private LiveRegistry registry;

    @BeforeEach
    void startEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.stopped(folder).with("--unsafe-no-fsync");
        etcd.start();
        relay = new TcpRelay(etcd.endpoint());
        registry = new LiveRegistry(
                RegistryConfig.Etcd.plain(List.of(relay.endpoint()), "/services/"), WatchTiming.DEFAULT, Catalog.EMPTY);
        registry.awaitConnected();
    }

    @AfterEach
    void stopEtcd() throws IOException {
        registry.close();
        relay.close();
        etcd.close();
    }

    @Test
    void catchesUpWithFiveMebibytesAfterACut() {
        etcd.put("/services/web/0", value(1));
        registry.catalogs.awaitBackends("web/0=h:1");
        relay.cut();
        registry.awaitDisconnected();
        String large = "{\"host\":\"h\",\"port\":2,\"metadata\":{\"note\":\"" + "x".repeat(50 * 1024) + "\"}}";
        etcd.putAll(keys(110), large);
        relay.mend();
        Catalog catalog = registry.catalogs.await(seen -> seen.registrations().size() == 110
                && seen.registrations().stream().allMatch(r -> r.port() == 2));
        assertThat(LiveRegistry.equalTo(etcd)).accepts(catalog);
        assertThat(registry.relists(Relist.START)).isEqualTo(1);
    }

    @Test
    void makesFewCatalogsOfTenThousandPuts() {
        List<String> keys = keys(2_000);
        long begin = System.nanoTime();
        for (int round = 1; round <= 5; round++) {
            etcd.putAll(keys, value(round));
        }
        registry.catalogs.await(seen -> seen.registrations().size() == 2_000
                && seen.registrations().stream().allMatch(r -> r.port() == 5));
        long hundredths = (System.nanoTime() - begin) / 10_000_000;
        // Apart by 10 ms and more, but for the first list and where a list interrupts.
        assertThat((long) registry.catalogs.delivered().size())
                .isLessThan(10_000 / 5)
                .isLessThanOrEqualTo(hundredths + 10);
        assertThat(registry.status().upkeep().drifted()).isZero();
    }

    @Test
    void listsKeysWhoseHugeValuesDoNotFitIntoOneMessage() {
        registry.close();
        String huge = "x".repeat(1_400_000);
        for (int i = 0; i < 50; i++) {
            etcd.put("/services/huge/" + i, huge);
        }
        etcd.put("/services/web/1", value(80));
        registry = new LiveRegistry(RegistryConfig.Etcd.plain(List.of(relay.endpoint()), "/services/"));
        Catalog catalog = registry.catalogs.awaitBackends("web/1=h:80");
        assertThat(catalog.quarantined()).hasSize(50);
    }

    private static List<String> keys(int count) {
        return IntStream.range(0, count).mapToObj(i -> "/services/web/" + i).toList();
    }

    private static String value(int port) {
        return "{\"host\":\"h\",\"port\":" + port + "}";
    }
}
