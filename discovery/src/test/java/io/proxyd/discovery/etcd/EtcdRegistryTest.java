package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What a registry does while its etcd is well; each test has a prefix of its own in one etcd. */
class EtcdRegistryTest {
    private static EtcdProcess etcd;

    private final CatalogProbe catalogs = new CatalogProbe();
    private String prefix = "";
    private EtcdRegistry registry;

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
        registry = new EtcdRegistry(RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), prefix));
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void deliversAnEmptyCatalogFirstWhenNothingIsRegistered() {
        registry.watch(catalogs);
        Catalog first = catalogs.await(catalog -> true);
        assertThat(first.registrations()).isEmpty();
        assertThat(first.revision()).isPositive();
    }

    @Test
    void listsWhatIsThereAndFollowsPutAndDelete() {
        put("web/1", "h1", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h1:8001");
        put("web/2", "h2", 8002);
        catalogs.awaitBackends("web/1=h1:8001", "web/2=h2:8002");
        put("web/1", "h1", 9001);
        catalogs.awaitBackends("web/1=h1:9001", "web/2=h2:8002");
        etcd.delete(prefix + "web/2");
        catalogs.awaitBackends("web/1=h1:9001");
    }

    @Test
    void takesTheSingleKeyOfAServiceOfOneBackend() {
        registry.watch(catalogs);
        etcd.put(prefix + "mongodb", "{ \"host\": \"worker-big-1\", \"port\": 27017 }");
        catalogs.awaitBackends("mongodb/mongodb=worker-big-1:27017");
        put("mongodb/2", "h2", 27017);
        catalogs.awaitBackends("mongodb/2=h2:27017", "mongodb/mongodb=worker-big-1:27017");
    }

    @Test
    void quarantinesAMalformedValueAndHealsItWithTheNextPut() {
        put("web/1", "h1", 8001);
        etcd.put(prefix + "web/2", "{\"host\": \"h2\", \"port\": \"8002\"}");
        registry.watch(catalogs);
        Catalog sick = catalogs.awaitBackends("web/1=h1:8001");
        assertThat(sick.quarantined())
                .containsExactly(new Quarantined(
                        prefix + "web/2",
                        "port is \"8002\" (text), expected a whole number from 1 to 65535 without quotes"));
        put("web/2", "h2", 8002);
        Catalog healed = catalogs.awaitBackends("web/1=h1:8001", "web/2=h2:8002");
        assertThat(healed.quarantined()).isEmpty();
        etcd.put(prefix + "web/1", "oops");
        Catalog again = catalogs.await(seen -> !seen.quarantined().isEmpty());
        assertThat(CatalogProbe.backends(again)).containsExactly("web/1=h1:8001", "web/2=h2:8002");
        assertThat(again.quarantined()).extracting(Quarantined::key).containsExactly(prefix + "web/1");
        assertThat(again.quarantined().get(0).reason()).endsWith("its last good value stays in use");
        etcd.delete(prefix + "web/1");
        catalogs.awaitBackends("web/2=h2:8002");
    }

    @Test
    void quarantinesAKeyThatIsNotText() {
        byte[] key = (prefix + "web/xx").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        key[key.length - 1] = (byte) 0xff;
        etcd.put(key, "{\"host\":\"h\",\"port\":1}");
        registry.watch(catalogs);
        Catalog catalog = catalogs.await(seen -> !seen.quarantined().isEmpty());
        assertThat(catalog.quarantined()).extracting(Quarantined::key).containsExactly(prefix + "web/x\\xff");
    }

    @Test
    void seesNothingOutsideItsPrefix() {
        etcd.put(prefix.substring(0, prefix.length() - 1) + "0/web/1", "{\"host\":\"h\",\"port\":1}");
        put("web/2", "h2", 2);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/2=h2:2");
    }

    @Test
    void listsAThousandKeysInPagesOfOneRevision() {
        List<String> keys =
                IntStream.range(0, 1200).mapToObj(i -> prefix + "web/" + i).toList();
        etcd.putAll(keys, "{\"host\":\"h\",\"port\":1}");
        registry.watch(catalogs);
        Catalog first = catalogs.await(catalog -> true);
        assertThat(first.registrations()).hasSize(1200);
        assertThat(first.registrations()).extracting(Registration::id).doesNotHaveDuplicates();
        etcd.putAll(keys, "{\"host\":\"h\",\"port\":2}");
        catalogs.await(catalog -> catalog.registrations().stream().allMatch(r -> r.port() == 2));
    }

    @Test
    void deliversNothingForAPutThatChangesNothing() {
        put("web/1", "h1", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h1:8001");
        put("web/1", "h1", 8001);
        etcd.put(prefix + "web/1", "{ \"port\": 8001, \"host\": \"h1\" }");
        put("web/2", "h2", 8002);
        catalogs.awaitBackends("web/1=h1:8001", "web/2=h2:8002");
        assertThat(catalogs.delivered()).hasSize(2);
    }

    @Test
    void tellsItsStatus() {
        assertThat(registry.status()).isEqualTo(new RegistryStatus("etcd", false, 0, null, "not started"));
        registry.watch(catalogs);
        Eventually.until(() -> registry.status().connected(), registry::status);
        long revision = put("web/1", "h1", 8001);
        catalogs.awaitBackends("web/1=h1:8001");
        Eventually.until(() -> registry.status().revision() == revision, registry::status);
        assertThat(registry.status().error()).isNull();
        assertThat(registry.status().confirmed()).isNotNull();
    }

    @Test
    void deliversFromItsOwnThreadOnly() {
        registry.watch(catalogs);
        put("web/1", "h1", 8001);
        catalogs.awaitBackends("web/1=h1:8001");
        assertThat(catalogs.threads()).containsOnly("proxyd-registry-etcd");
    }

    @Test
    void survivesAListenerThatFails() {
        registry.watch(catalog -> {
            catalogs.accept(catalog);
            throw new IllegalStateException("a listener that fails, on purpose");
        });
        put("web/1", "h1", 8001);
        catalogs.awaitBackends("web/1=h1:8001");
        put("web/2", "h2", 8002);
        catalogs.awaitBackends("web/1=h1:8001", "web/2=h2:8002");
    }

    @Test
    void refusesAnEndpointThatIsNoWebAddress() {
        RegistryConfig.Etcd config = RegistryConfig.Etcd.plain(List.of(URI.create("ftp://etcd-1:2379")), "/services/");
        assertThatThrownBy(() -> new EtcdRegistry(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ftp://etcd-1:2379")
                .hasMessageContaining("expected http://HOST:PORT or https://HOST:PORT");
    }

    private long put(String key, String host, int port) {
        return etcd.put(prefix + key, "{\"host\":\"" + host + "\",\"port\":" + port + "}");
    }
}
