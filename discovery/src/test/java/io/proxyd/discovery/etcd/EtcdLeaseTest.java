package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Registrations that hang on leases of a real etcd. */
class EtcdLeaseTest {
    private static final String VALUE = "{\"host\":\"h\",\"port\":80}";
    private static EtcdProcess etcd;

    private String prefix = "";
    private LiveRegistry registry;

    @BeforeAll
    static void startEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @BeforeEach
    void newRegistry(TestInfo test) {
        prefix = "/" + test.getTestMethod().orElseThrow().getName() + "/";
        registry = new LiveRegistry(
                RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), prefix), WatchTiming.DEFAULT, Catalog.EMPTY);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void releasesWhatIsDeletedWhileItsLeaseLives() {
        long lease = etcd.grant(60);
        put("web/1", lease);
        put("web/2", lease);
        registry.catalogs.awaitBackends("web/1=h:80", "web/2=h:80");
        etcd.delete(prefix + "web/1");
        Catalog catalog = registry.catalogs.await(seen -> !seen.released().isEmpty());
        assertThat(catalog.released()).containsExactly("web/1");
        assertThat(catalog.registrations()).extracting(Registration::leased).containsExactly(true);
    }

    @Test
    void doesNotReleaseWhatEndsWithItsLease() {
        put("web/1", etcd.grant(1));
        etcd.put(prefix + "web/2", VALUE);
        registry.catalogs.awaitBackends("web/1=h:80", "web/2=h:80");
        registry.catalogs.awaitBackends("web/2=h:80");
        etcd.delete(prefix + "web/2");
        assertThat(registry.catalogs.awaitBackends().released()).containsExactly("web/2");
    }

    @Test
    void releasesNothingWhenManyLeasesAreRevokedAtOnce() {
        List<Long> leases = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            long lease = etcd.grant(60);
            leases.add(lease);
            put("web/" + i, lease);
        }
        put("web/last", etcd.grant(60));
        registry.catalogs.await(catalog -> catalog.registrations().size() == 201);
        leases.forEach(etcd::revoke);
        registry.catalogs.awaitBackends("web/last=h:80");
        etcd.delete(prefix + "web/last");
        assertThat(registry.catalogs
                        .await(catalog -> !catalog.released().isEmpty())
                        .released())
                .containsExactly("web/last");
    }

    @Test
    void followsALeaseThatIsLostAndGrantedAgain() {
        long lost = etcd.grant(60);
        put("web/1", lost);
        registry.catalogs.awaitBackends("web/1=h:80");
        etcd.revoke(lost);
        assertThat(registry.catalogs.awaitBackends().released()).isEmpty();
        long again = etcd.grant(60);
        put("web/1", again);
        registry.catalogs.awaitBackends("web/1=h:80");
        etcd.delete(prefix + "web/1");
        assertThat(registry.catalogs
                        .await(catalog -> !catalog.released().isEmpty())
                        .released())
                .containsExactly("web/1");
        put("web/1", again);
        assertThat(registry.catalogs.awaitBackends("web/1=h:80").released()).isEmpty();
    }

    private void put(String key, long lease) {
        etcd.put(prefix + key, VALUE, lease);
    }
}
