package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backend asks for no more requests, in one of the ways there are, while it answers one. */
class DrainedBackendTest {
    private final EtcdProcess etcd;
    private final StoryBackend leaves = new StoryBackend("leaves");
    private final StoryBackend stays = new StoryBackend("stays");
    private final RunningProxy proxy;

    DrainedBackendTest(@TempDir Path folder) throws InterruptedException {
        etcd = EtcdProcess.start(folder);
        etcd.put("/services/web/leaves", leaves.registration());
        proxy = RunningProxy.following(etcd);
    }

    @BeforeEach
    void awaitFirstBackend() {
        proxy.awaitStanding("web", "leaves", Standing.UP);
    }

    @AfterEach
    void endAll() {
        proxy.close();
        leaves.close();
        stays.close();
        etcd.close();
    }

    @Test
    void aWeightOfZeroTakesNoNewRequests() {
        assertLeavesInPeace(
                () -> etcd.put("/services/web/leaves", leaves.registration(", \"weight\": 0")), Standing.DISABLED);
        comesBack();
    }

    @Test
    void oneThatIsDrainingTakesNoNewRequests() {
        assertLeavesInPeace(
                () -> etcd.put("/services/web/leaves", leaves.registration(", \"state\": \"draining\"")),
                Standing.DRAINING);
        comesBack();
    }

    @Test
    void oneThatIsDeletedFinishesWhatItAnswers() {
        assertLeavesInPeace(() -> etcd.delete("/services/web/leaves"), null);
        Eventually.until(() -> leaves.connections() == 0, leaves::connections);
    }

    private void assertLeavesInPeace(Runnable farewell, @Nullable Standing wanted) {
        CompletableFuture<Message> held = StoryClient.getLater(proxy.address(), StoryBackend.HOLD);
        Eventually.until(() -> leaves.held() == 1, () -> "no request reached the only backend");
        etcd.put("/services/web/stays", stays.registration());
        try (Load load = Load.getsAndPosts(proxy.address())) {
            load.awaitAnswersOf("stays", 20);
            load.awaitAnswersOf("leaves", 20);

            farewell.run();
            proxy.awaitStanding("web", "leaves", wanted);
            load.assertLeftAlone(leaves);
            assertThat(held).isNotDone();

            leaves.release();
            Message answer = held.orTimeout(20, TimeUnit.SECONDS).join();
            assertThat(answer.body()).isEqualTo(Answers.body("GET", StoryBackend.HOLD, ""));
            load.assertLeftAlone(leaves);
            load.assertNothingFailed();
        }
    }

    private void comesBack() {
        etcd.put("/services/web/leaves", leaves.registration());
        try (Load load = Load.getsAndPosts(proxy.address())) {
            load.awaitAnswersOf("leaves", 20);
            load.assertNothingFailed();
        }
    }
}
