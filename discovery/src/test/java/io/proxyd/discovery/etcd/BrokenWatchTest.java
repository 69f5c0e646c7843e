package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.WatchOption;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What jetcd's own watch does when it breaks right after it was created, and that our loop does better.
 *
 * <p>See docs/adr/0010. A failing test about jetcd is good news: then it was mended, and the decision can be made anew.
 */
class BrokenWatchTest {
    private static final long LONGER_THAN_JETCD_WAITS_NANOS = 1_500_000_000;

    private final WatchFrames frames = new WatchFrames();
    private EtcdProcess etcd;
    private TcpRelay relay;

    @BeforeEach
    void startEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
        relay = new TcpRelay(etcd.endpoint(), frames);
    }

    @AfterEach
    void stopEtcd() throws IOException {
        relay.close();
        etcd.close();
    }

    @Test
    void jetcdSkipsEventsWhenItsWatchBreaksRightAfterItWasCreatedAgain() {
        try (Client jetcd = JetcdClient.open(config())) {
            Told told = new Told();
            told.watch(jetcd, etcd.revision() + 1);
            put(1);
            told.awaitKeys("1");

            relay.cut();
            Eventually.until(() -> told.errors.get() > 0, told.errors::get);
            put(2);
            put(3);
            put(4);
            frames.cutAfterCreated(1);
            relay.mend();
            Eventually.until(frames::isDone, () -> "the watch was not created again");
            put(5);

            // 2 and 3 are never told: jetcd goes on from the revision of the created answer, which was that of 4.
            told.awaitKeys("1", "4", "5");
        }
    }

    @Test
    void jetcdLeavesAWatcherThatNeverWakesAfterAPeacefulEnd() {
        try (Client jetcd = JetcdClient.open(config())) {
            frames.endAfterCreated(1);
            Told zombie = new Told();
            Watch.Watcher watcher = zombie.watch(jetcd, etcd.revision() + 1);
            Eventually.until(() -> zombie.ends.get() > 0, zombie.ends::get);
            Told other = new Told();
            other.watch(jetcd, etcd.revision() + 1);

            long begin = System.nanoTime();
            Eventually.until(
                    () -> {
                        put(7);
                        return System.nanoTime() - begin > LONGER_THAN_JETCD_WAITS_NANOS && !other.keys.isEmpty();
                    },
                    () -> other.keys);

            assertThat(zombie.keys).isEmpty();
            assertThat(zombie.errors).hasValue(0);
            assertThat(watcher.isClosed()).isFalse();
        }
    }

    @Test
    void ourLoopMissesNothingWhenItsWatchBreaksRightAfterItWasCreated() {
        try (LiveRegistry registry = new LiveRegistry(config())) {
            put(1);
            registry.catalogs.awaitBackends("web/1=h:1");
            registry.awaitConnected();
            for (int round = 0; round < 3; round++) {
                relay.cut();
                registry.awaitDisconnected();
                put(2 + round);
                etcd.delete("/services/web/" + (1 + round));
                put(10 + round);
                frames.cutAfterCreated(2);
                relay.mend();
                Eventually.until(frames::isDone, () -> "no watch was created");
                registry.catalogs.await(LiveRegistry.equalTo(etcd));
                registry.awaitConnected();
            }
            assertThat(registry.relists(Relist.HISTORY)).isZero();
            assertThat(registry.status().upkeep().drifted()).isZero();
        }
    }

    @Test
    void ourLoopBeginsAnewWhenItsWatchEndsInPeace() {
        frames.endAfterCreated(3);
        try (LiveRegistry registry = new LiveRegistry(config())) {
            Eventually.until(frames::isDone, () -> "no watch was created");
            put(1);
            registry.catalogs.awaitBackends("web/1=h:1");
            registry.awaitConnected();
        }
    }

    private RegistryConfig.Etcd config() {
        return RegistryConfig.Etcd.plain(List.of(relay.endpoint()), "/services/");
    }

    private void put(int id) {
        etcd.put("/services/web/" + id, "{\"host\":\"h\",\"port\":" + id + "}");
    }

    /** What one watcher of jetcd's told. */
    private static final class Told {
        private final List<String> keys = new CopyOnWriteArrayList<>();
        private final AtomicInteger errors = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();

        Watch.Watcher watch(Client jetcd, long fromRevision) {
            ByteSequence prefix = ByteSequence.from("/services/web/", StandardCharsets.UTF_8);
            WatchOption option = WatchOption.builder()
                    .isPrefix(true)
                    .withRevision(fromRevision)
                    .build();
            return jetcd.getWatchClient()
                    .watch(
                            prefix,
                            option,
                            Watch.listener(
                                    response -> response.getEvents()
                                            .forEach(event -> keys.add(event.getKeyValue()
                                                    .getKey()
                                                    .toString()
                                                    .substring("/services/web/".length()))),
                                    failure -> errors.incrementAndGet(),
                                    ends::incrementAndGet));
        }

        void awaitKeys(String... expected) {
            Eventually.until(() -> keys.equals(List.of(expected)), () -> keys);
        }
    }
}
