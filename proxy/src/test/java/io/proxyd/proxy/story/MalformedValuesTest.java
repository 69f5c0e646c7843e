package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.route.LiveBackend;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under load, values turn bad, in the place of good ones and where there were none, and etcd is started again upon that. */
class MalformedValuesTest {
    private static final String QUARANTINED = "proxyd_registry_quarantined";

    private final List<StoryBackend> living = FaultStory.backends();
    private final EtcdProcess etcd;

    MalformedValuesTest(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
    }

    @BeforeEach
    void register() {
        living.forEach(this::register);
    }

    private void register(StoryBackend backend) {
        etcd.put("/services/web/" + backend.name(), backend.registration());
    }

    @AfterEach
    void endAll() {
        living.forEach(StoryBackend::close);
        etcd.close();
    }

    @Test
    void lastGoodValuesStayInUseAndNewBadOnesAreLeftOut() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(() -> etcd, living, List.of(etcd.endpoint()))) {
            etcd.put("/services/web/one", "");
            etcd.put("/services/web/two", "{\"host\": \"127.0.0.1\", \"port\": \"80\"}");
            etcd.put("/services/web/three", "10.0.0.1:80");
            etcd.put("/services/web/four", "{\"port\": 80}");
            awaitQuarantined(story, 4);
            story.awaitTold(Change.QUARANTINED, "");
            assertOldOnesAreServed(story);

            etcd.kill();
            story.awaitLost(etcd.endpoint().toString());
            story.assertServesWhileLost();
            etcd.start();
            story.awaitFound();
            awaitQuarantined(story, 4);
            assertOldOnesAreServed(story);

            living.forEach(this::register);
            etcd.delete("/services/web/four");
            awaitQuarantined(story, 0);
            story.awaitTold(Change.QUARANTINE_ENDED, "");
            story.endsWell();
        }
    }

    private static void assertOldOnesAreServed(FaultStory story) {
        List<Quarantined> refused = story.proxy().table().catalog().quarantined();
        assertThat(refused.stream().filter(q -> q.reason().endsWith("; its last good value stays in use")))
                .extracting(Quarantined::key)
                .containsExactlyInAnyOrder("/services/web/one", "/services/web/two", "/services/web/three");
        assertThat(story.proxy().table().backends().map(LiveBackend::toString))
                .containsExactly("web/one", "web/three", "web/two");
        story.assertServes();
    }

    private static void awaitQuarantined(FaultStory story, int count) {
        Eventually.until(
                () -> story.scrape().value(QUARANTINED) == count,
                () -> story.proxy().table().catalog().quarantined());
    }
}
