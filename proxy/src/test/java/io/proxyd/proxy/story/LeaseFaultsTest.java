package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.Announcer;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdAnnouncer;
import io.proxyd.discovery.etcd.EtcdKeys;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.evidence.Change;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under load, backends that live lose their leases, and their announcers grant and put again. */
class LeaseFaultsTest {
    private final List<StoryBackend> living = FaultStory.backends();
    private final EtcdProcess etcd;
    private final EtcdKeys keys;
    private final List<Announcer> announcers;

    LeaseFaultsTest(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
        keys = new EtcdKeys(etcd.endpoint());
        RegistryConfig.Etcd config = RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), "/services/");
        announcers = living.stream()
                .<Announcer>map(backend ->
                        new EtcdAnnouncer(config, new Announcement("web", backend.name(), "127.0.0.1", backend.port())))
                .toList();
    }

    @BeforeEach
    void announce() {
        announcers.forEach(Announcer::start);
        living.forEach(backend -> keys.await("/services/web/" + backend.name()));
    }

    @AfterEach
    void endAll() {
        announcers.forEach(Announcer::close);
        living.forEach(StoryBackend::close);
        keys.close();
        etcd.close();
    }

    @Test
    void aBackendThatLostItsLeaseIsOnProbationUntilItsAnnouncerIsBack() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            long lost = leaseOf("two");
            etcd.revoke(lost);
            story.awaitTold(Change.PROBATION, "two");
            story.load().awaitAnswersOf("two", 5);
            story.awaitTold(Change.RETURNED, "two");
            assertThat(leaseOf("two")).isNotEqualTo(lost);
            story.endsWell();
        }
    }

    @Test
    void nothingIsLostWhenAllLeasesAreRevokedAtOnce() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            awaitProxyInEtcd(story);
            assertThat(etcd.revokeAll()).isEqualTo(4);
            story.awaitTold(Change.BRAKE_ENGAGED, "");
            living.forEach(backend -> story.awaitTold(Change.RETURNED, backend.name()));
            story.awaitTold(Change.BRAKE_RELEASED, "");
            awaitProxyInEtcd(story);
            story.endsWell();
        }
    }

    private long leaseOf(String name) {
        return keys.await("/services/web/" + name).lease();
    }

    /** Its own key hangs on a lease too. */
    private void awaitProxyInEtcd(FaultStory story) {
        String id = story.proxy().board().status().self();
        Eventually.until(
                () -> etcd.keys("/proxyd/proxies/").contains(id), story.proxy().board()::status);
    }
}
