package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.evidence.Change;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under load, etcd comes back with less than it had; what lives is held until it registers again or an operator lets it go. */
class RebuiltRegistryTest {
    private static final String ENGAGED = "proxyd_registry_brake_engaged";
    private static final String HELD = "proxyd_registry_held_backends";

    private final List<StoryBackend> living = FaultStory.backends();
    private final StoryBackend leaver = new StoryBackend("leaver");
    private final Path folder;
    private final EtcdProcess etcd;

    RebuiltRegistryTest(@TempDir Path folder) {
        this.folder = folder;
        this.etcd = EtcdProcess.start(folder);
    }

    /** Far behind what the proxies write themselves meanwhile, so that the revision tells that etcd is another one. */
    @BeforeEach
    void register() {
        put("one");
        etcd.save(folder.resolve("old.db"));
        for (int i = 0; i < 100; i++) {
            etcd.put("/elsewhere", "more");
        }
        put("two");
        put("three");
    }

    @AfterEach
    void endAll() {
        living.forEach(StoryBackend::close);
        leaver.close();
        etcd.close();
    }

    @Test
    void whatARestoredSnapshotLacksIsHeldUntilItRegistersAgain() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            etcd.restore(folder.resolve("old.db"));
            story.awaitLost(etcd.endpoint().toString());
            etcd.start();
            story.awaitTold(Change.HISTORY_BROKE, "");
            story.awaitTold(Change.BRAKE_ENGAGED, "");
            story.awaitTold(Change.HELD, "two");
            story.awaitTold(Change.HELD, "three");
            story.awaitOfWeb(ENGAGED, 1);
            story.awaitOfWeb(HELD, 2);
            story.assertServes();

            put("two");
            story.awaitTold(Change.RETURNED, "two");
            story.awaitOfWeb(HELD, 1);
            put("three");
            story.awaitTold(Change.RETURNED, "three");
            story.awaitTold(Change.BRAKE_RELEASED, "");
            story.endsWell("history");
        }
    }

    @Test
    void allThatAWipedEtcdForgotIsHeldUntilAnOperatorLetsItGo() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            story.register(leaver);
            etcd.wipe();
            story.awaitLost(etcd.endpoint().toString());
            etcd.start();
            story.awaitTold(Change.HISTORY_BROKE, "");
            story.awaitOfWeb(HELD, 4);
            story.assertServes();
            story.load().awaitAnswersOf("leaver", 5);

            living.forEach(backend -> put(backend.name()));
            story.awaitOfWeb(HELD, 1);
            story.awaitOfWeb(ENGAGED, 1);
            assertThat(story.proxy().accept("web")).isEqualTo(1);
            story.awaitTold(Change.DROPPED, "leaver");
            story.awaitTold(Change.BRAKE_ACCEPTED, "");
            story.load().assertLeftAlone(leaver);
            story.endsWell("history");
        }
    }

    private void put(String name) {
        StoryBackend backend = living.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        etcd.put("/services/web/" + name, backend.registration());
    }
}
