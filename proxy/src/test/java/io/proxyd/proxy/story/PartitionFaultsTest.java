package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.BriskRegistry;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.discovery.etcd.TcpRelay;
import io.proxyd.discovery.etcd.WatchFrames;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under load, etcd cannot be reached for a while, and things happen there meanwhile. */
class PartitionFaultsTest {
    private final List<StoryBackend> living = FaultStory.backends();
    private final StoryBackend leaver = new StoryBackend("leaver");
    private final EtcdProcess etcd;
    private final TcpRelay relay;

    PartitionFaultsTest(@TempDir Path folder) {
        etcd = EtcdProcess.stopped(folder).with("--unsafe-no-fsync");
        etcd.start();
        relay = new TcpRelay(etcd.endpoint());
    }

    @BeforeEach
    void register() {
        living.forEach(backend -> etcd.put("/services/web/" + backend.name(), backend.registration()));
    }

    @AfterEach
    void endAll() throws IOException {
        living.forEach(StoryBackend::close);
        leaver.close();
        relay.close();
        etcd.close();
    }

    @Test
    void whatWasDeletedBeforeACompactionIsGoneAfterAPartition() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(relay.endpoint()))) {
            story.register(leaver);
            relay.freeze();
            story.awaitLost("silent");
            etcd.delete("/services/web/leaver");
            etcd.put("/services/bulk/late", leaver.registration());
            etcd.compact();
            story.assertServesWhileLost();
            story.load().awaitAnswersOf("leaver", 5);

            relay.thaw();
            story.proxy().awaitStanding("web", "leaver", null);
            story.load().assertLeftAlone(leaver);
            story.endsWell("compacted");
        }
    }

    @Test
    void requestsGoOnWhileEtcdIsStopped() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            etcd.pause();
            story.awaitLost("silent");
            story.assertServesWhileLost();
            etcd.resume();
            story.awaitFound();
            story.endsWell();
        }
    }

    @Test
    void nothingIsMissedWhenTheWatchBreaksRightAfterItWasCreated() throws IOException, InterruptedException {
        WatchFrames frames = new WatchFrames();
        try (TcpRelay breaking = new TcpRelay(etcd.endpoint(), frames);
                FaultStory story = beginThrough(breaking.endpoint())) {
            for (int round = 0; round < 2; round++) {
                story.register(leaver);
                // Frozen and broken once make two failures: one more, and everything would be listed anew.
                breaking.freeze();
                story.awaitLost("silent");
                etcd.delete("/services/web/leaver");
                etcd.put("/services/bulk/round-" + round, leaver.registration());
                frames.cutAfterCreated(1);
                breaking.thaw();
                Eventually.until(frames::isDone, () -> "the watch was not created");
                story.proxy().awaitStanding("web", "leaver", null);
            }
            story.endsWell();
        }
    }

    /** Only the registrations go through the relay, so that no other watch is counted. */
    private FaultStory beginThrough(URI endpoint) throws InterruptedException {
        return FaultStory.begin(
                () -> etcd,
                living,
                List.of(etcd.endpoint()),
                "",
                ignored -> BriskRegistry.of(RegistryConfig.Etcd.plain(List.of(endpoint), "/services/")));
    }

    @Test
    void fiveMebibytesAreCaughtUpWithAfterAnOutage() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(relay.endpoint()))) {
            // Frozen and not cut: few tries fail, so that it is not a new list but the watch that brings it all.
            relay.freeze();
            story.awaitLost("silent");
            String note = ", \"metadata\": {\"note\": \"" + "x".repeat(50 * 1024) + "\"}";
            etcd.putAll(bulk(110), leaver.registration(note));
            story.assertServesWhileLost();
            relay.thaw();
            story.endsWell();
            assertThat(story.proxy().registryStatus().upkeep().relists()).containsEntry("failures", 0L);
        }
    }

    @Test
    void tenThousandPutsMakeFewRoutingTables() throws InterruptedException {
        CountedCatalogs counted = new CountedCatalogs();
        try (FaultStory story = FaultStory.begin(
                () -> etcd,
                living,
                List.of(relay.endpoint()),
                "",
                config -> counted.of(BriskRegistry.of((RegistryConfig.Etcd) config)))) {
            List<String> keys = bulk(1_000);
            long begin = System.nanoTime();
            for (int weight = 1; weight <= 10; weight++) {
                String weighted = ", \"weight\": " + weight;
                etcd.putByTens(keys, leaver.registration(weighted));
                living.forEach(backend -> etcd.put("/services/web/" + backend.name(), backend.registration(weighted)));
            }
            long newest = etcd.put("/services/bulk/last", leaver.registration());
            Eventually.until(() -> story.proxy().table().catalog().revision() >= newest, story.proxy()::registryStatus);
            long hundredths = (System.nanoTime() - begin) / 10_000_000;
            // Each table comes of at least one catalog, apart from the few that intents make. Catalogs are 10 ms apart.
            System.out.printf("    10000 puts, %d catalogs in %d ms%n", counted.count(), hundredths * 10);
            assertThat(counted.count()).isLessThan(10_000 / 10).isLessThan(hundredths + 20);
            story.endsWell();
        }
    }

    private static List<String> bulk(int count) {
        return IntStream.range(0, count).mapToObj(i -> "/services/bulk/" + i).toList();
    }
}
