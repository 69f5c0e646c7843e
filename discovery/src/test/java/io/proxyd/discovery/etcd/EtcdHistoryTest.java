package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that comes back with another past; all of these keep its cluster id, so only revisions can tell. */
class EtcdHistoryTest {
    private Path folder;
    private EtcdProcess etcd;
    private TcpRelay relay;
    private LiveRegistry registry;

    @BeforeEach
    void startEtcd(@TempDir Path newFolder) {
        folder = newFolder;
        etcd = EtcdProcess.start(folder);
        relay = new TcpRelay(etcd.endpoint());
        for (int i = 1; i <= 8; i++) {
            put("web/" + i);
        }
        registry = new LiveRegistry(config());
        registry.awaitConnected();
    }

    @AfterEach
    void stopEtcd() throws IOException {
        registry.close();
        relay.close();
        etcd.close();
    }

    @Test
    void noticesARestoredOlderSnapshot() {
        etcd.save(folder.resolve("old.db"));
        put("web/9");
        etcd.delete("/services/web/1");
        Catalog before = registry.catalogs.await(LiveRegistry.equalTo(etcd));
        etcd.restore(folder.resolve("old.db"));
        registry.awaitDisconnected();
        etcd.start();
        assertBroken(before, "it was rebuilt or restored");
    }

    @Test
    void noticesARestoredSnapshotThatOvertookTheViewMeanwhile() {
        etcd.save(folder.resolve("old.db"));
        put("web/9");
        Catalog before = registry.catalogs.await(LiveRegistry.equalTo(etcd));
        relay.cut();
        registry.awaitDisconnected();
        etcd.restore(folder.resolve("old.db"));
        etcd.start();
        put("web/1");
        putElsewhere();
        relay.mend();
        assertBroken(before, "changes were missed");
    }

    @Test
    void noticesARebuiltEtcdThatOvertookTheViewMeanwhile() {
        Catalog before = registry.catalogs.await(LiveRegistry.equalTo(etcd));
        relay.cut();
        registry.awaitDisconnected();
        etcd.wipe();
        etcd.start();
        put("web/7");
        putElsewhere();
        put("web/9");
        relay.mend();
        assertBroken(before, "changes were missed");
    }

    @Test
    void forgetsWhatARebuiltEtcdLostThoughNothingOfItIsOlderThanTheView() {
        relay.cut();
        registry.awaitDisconnected();
        etcd.wipe();
        etcd.start();
        putElsewhere();
        put("web/9");
        relay.mend();
        registry.catalogs.awaitBackends("web/9=h:80");
    }

    @Test
    void comparesTheCatalogFromDiskWithEtcd() {
        Catalog known = registry.catalogs.await(LiveRegistry.equalTo(etcd));
        registry.close();
        etcd.wipe();
        etcd.start();
        put("web/2");
        registry = new LiveRegistry(config(), LiveRegistry.BRISK, known);
        Catalog catalog = registry.catalogs.awaitBackends("web/2=h:80");
        assertThat(catalog.lineage().breaks()).isEqualTo(1);
        // What had no lease went on purpose, as far as anyone can tell.
        assertThat(catalog.released()).contains("web/1", "web/8").doesNotContain("web/2");
    }

    private void assertBroken(Catalog before, String doubt) {
        Catalog after = registry.catalogs.await(catalog ->
                catalog.lineage().breaks() == 1 && LiveRegistry.equalTo(etcd).test(catalog));
        assertThat(after.lineage().doubt()).contains(doubt);
        assertThat(after.lineage().cluster()).isEqualTo(before.lineage().cluster());
        assertThat(registry.relists(Relist.HISTORY)).isEqualTo(1);
        registry.awaitConnected();
        put("web/after");
        registry.catalogs.await(LiveRegistry.equalTo(etcd));
    }

    private void put(String key) {
        etcd.put("/services/" + key, "{\"host\":\"h\",\"port\":80}");
    }

    private void putElsewhere() {
        for (int i = 0; i < 20; i++) {
            etcd.put("/elsewhere", "more");
        }
    }

    private RegistryConfig.Etcd config() {
        return RegistryConfig.Etcd.plain(List.of(relay.endpoint()), "/services/");
    }
}
