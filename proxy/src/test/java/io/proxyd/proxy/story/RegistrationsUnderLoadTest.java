package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registrations come and go while requests run. */
class RegistrationsUnderLoadTest {
    private static final int ROUNDS = 8;
    private static final int SOME_ANSWERS = 200;

    private final EtcdProcess etcd;
    private final StoryBackend stays = new StoryBackend("stays");
    private final RunningProxy proxy;

    RegistrationsUnderLoadTest(@TempDir Path folder) throws InterruptedException {
        etcd = EtcdProcess.start(folder);
        etcd.put("/services/web/stays", stays.registration());
        proxy = RunningProxy.following(etcd);
    }

    @BeforeEach
    void awaitFirstBackend() {
        proxy.awaitStanding("web", "stays", Standing.UP);
    }

    @AfterEach
    void endAll() {
        proxy.close();
        stays.close();
        etcd.close();
    }

    @Test
    void backendsComeAndGoWithoutAFailedRequest() {
        long[] toFirstRequest = new long[ROUNDS];
        long[] toLastRequest = new long[ROUNDS];
        try (Load load = Load.getsAndPosts(proxy.address())) {
            for (int round = 0; round < ROUNDS; round++) {
                String name = "comes-" + round;
                try (StoryBackend backend = new StoryBackend(name)) {
                    long put = System.nanoTime();
                    etcd.put("/services/web/" + name, backend.registration());
                    load.awaitAnswersOf(name, 20);
                    toFirstRequest[round] = backend.firstNanos() - put;

                    long delete = System.nanoTime();
                    etcd.delete("/services/web/" + name);
                    proxy.awaitStanding("web", name, null);
                    load.assertLeftAlone(backend);
                    toLastRequest[round] = Math.max(0, backend.newestNanos() - delete);
                    Eventually.until(() -> backend.connections() == 0, backend::connections);
                }
            }
            load.assertNothingFailed();
        }
        Measured.millis("from put to first request", toFirstRequest);
        Measured.millis("from delete to last request", toLastRequest);
    }

    @Test
    void theOnlyBackendMayMoveToAnotherPort() {
        try (StoryBackend moved = new StoryBackend("moved");
                Load load = Load.getsAndPosts(proxy.address())) {
            load.awaitAnswersOf("stays", 20);
            etcd.put("/services/web/stays", moved.registration());
            load.awaitAnswersOf("moved", 20);
            load.assertLeftAlone(stays);
            load.assertNothingFailed();
        }
    }

    @Test
    void registeringAgainWithAnotherWeightForgetsNothing() {
        try (StoryBackend other = new StoryBackend("other");
                Load load = Load.getsAndPosts(proxy.address())) {
            etcd.put("/services/web/other", other.registration());
            load.awaitAnswersOf("other", 20);
            LiveBackend before = backend("other");

            etcd.put("/services/web/other", other.registration(", \"weight\": 700, \"metadata\": {\"zone\": \"b\"}"));
            Eventually.until(() -> backend("other").weight() == 700, () -> backend("other")
                    .terms());
            load.awaitAnswers(SOME_ANSWERS);

            assertThat(backend("other")).isSameAs(before);
            assertThat(proxy.standing("web", "other")).isEqualTo(Standing.UP);
            assertThat(before.terms().metadata()).containsEntry("zone", "b");
            load.assertNothingFailed();
        }
    }

    @Test
    void hostNamesAreResolved() {
        try (StoryBackend named = new StoryBackend("named");
                Load load = Load.getsAndPosts(proxy.address())) {
            long put = System.nanoTime();
            etcd.put("/services/web/named", "{\"host\": \"localhost\", \"port\": " + named.port() + "}");
            load.awaitAnswersOf("named", 20);
            Measured.millis("from put to first request, by host name", named.firstNanos() - put);

            etcd.put("/services/web/nowhere", "{\"host\": \"nowhere.invalid\", \"port\": 80}");
            proxy.awaitStanding("web", "nowhere", Standing.UNRESOLVED);
            load.awaitAnswers(SOME_ANSWERS);
            load.assertNothingFailed();
        }
    }

    @Test
    void theSingleKeyOfAServiceIsABackend() {
        try (StoryBackend single = new StoryBackend("single");
                Load load = Load.getsAndPosts(proxy.address())) {
            etcd.put("/services/web", single.registration());
            load.awaitAnswersOf("single", 20);

            etcd.delete("/services/web");
            proxy.awaitStanding("web", "web", null);
            load.awaitAnswers(SOME_ANSWERS);
            load.assertNothingFailed();
        }
    }

    private LiveBackend backend(String id) {
        return proxy.table()
                .backends()
                .filter(b -> b.key().id().equals(id))
                .findAny()
                .orElseThrow();
    }
}
