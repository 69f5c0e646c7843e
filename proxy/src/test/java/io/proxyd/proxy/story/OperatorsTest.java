package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Placed;
import io.proxyd.discovery.Proxy;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators drain backends of two proxies that follow one etcd. */
class OperatorsTest {
    private final EtcdProcess etcd;
    private final StoryBackend one = new StoryBackend("one");
    private final StoryBackend two = new StoryBackend("two");
    private final RunningProxy east;
    private final RunningProxy west;

    OperatorsTest(@TempDir Path folder) throws InterruptedException {
        etcd = EtcdProcess.start(folder);
        etcd.put("/services/web/one", one.registration());
        east = RunningProxy.following(etcd);
        west = RunningProxy.following(etcd);
    }

    @BeforeEach
    void awaitBoth() {
        east.awaitStanding("web", "one", Standing.UP);
        west.awaitStanding("web", "one", Standing.UP);
        awaitProxies(east, 2);
        awaitProxies(west, 2);
    }

    @AfterEach
    void endAll() {
        east.close();
        west.close();
        one.close();
        two.close();
        etcd.close();
    }

    @Test
    void aDrainReachesEveryProxyAndEachSaysWhenItHasLetGo() {
        CompletableFuture<Message> held = StoryClient.getLater(west.address(), StoryBackend.HOLD);
        Eventually.until(() -> one.held() == 1, () -> "no request reached the only backend");
        etcd.put("/services/web/two", two.registration());
        east.awaitStanding("web", "two", Standing.UP);
        west.awaitStanding("web", "two", Standing.UP);
        try (Load load = Load.getsAndPosts(east.address());
                Load other = Load.getsAndPosts(west.address())) {
            load.awaitAnswersOf("one", 20);
            other.awaitAnswersOf("one", 20);

            long asked = System.nanoTime();
            Placed placed = drain("one", Duration.ofMinutes(5));
            assertThat(placed.shared()).isTrue();
            Eventually.until(() -> hasLetGo(east, east, "web/one", placed), east.board()::status);
            Measured.since("from the order to the first proxy's word, as that one knows", asked);
            Eventually.until(() -> hasLetGo(west, east, "web/one", placed), west.board()::status);
            load.assertLeftAlone(one);
            other.assertLeftAlone(one);
            assertThat(hasLetGo(east, west, "web/one", placed))
                    .as("with a request in flight")
                    .isFalse();

            one.release();
            assertThat(held.orTimeout(20, TimeUnit.SECONDS).join().status()).isEqualTo(200);
            Eventually.until(() -> hasLetGo(east, west, "web/one", placed), east.board()::status);

            east.board().remove("web", "one").toCompletableFuture().join();
            load.awaitAnswersOf("one", 20);
            other.awaitAnswersOf("one", 20);
            Eventually.until(() -> letGoOf(east, west, "web/one").isEmpty(), east.board()::status);
            load.assertNothingFailed();
            other.assertNothingFailed();
        }
    }

    @Test
    void whoDrainsItselfIsLetGoOfToo() {
        etcd.put("/services/web/two", two.registration());
        east.awaitStanding("web", "two", Standing.UP);
        etcd.put("/services/web/two", two.registration(", \"state\": \"draining\""));
        long revision = etcd.revision();
        Eventually.until(
                () -> letGoOf(west, east, "web/two")
                                .filter(ack -> ack.registrations() >= revision)
                                .isPresent()
                        && letGoOf(east, west, "web/two").isPresent(),
                west.board()::status);
    }

    @Test
    void aDrainSurvivesTheRestartOfAProxy() throws InterruptedException {
        drain("one", Duration.ofMinutes(5));
        west.awaitStanding("web", "one", Standing.DRAINING);
        try (RunningProxy late = RunningProxy.following(etcd)) {
            late.awaitStanding("web", "one", Standing.DRAINING);
            awaitProxies(east, 3);
        }
        awaitProxies(east, 2);
    }

    @Test
    void theSameDrainOnceMoreIsAcknowledgedOnceMore() {
        Intent same = new Intent(
                "web", "one", true, Optional.empty(), Instant.now().plusSeconds(300), "root@commander", "disk");
        for (int i = 0; i < 2; i++) {
            Placed placed = east.board()
                    .put(same)
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            Eventually.until(() -> hasLetGo(east, east, "web/one", placed), east.board()::status);
            Eventually.until(() -> hasLetGo(east, west, "web/one", placed), east.board()::status);
        }
    }

    @Test
    void aDrainEndsByItself() {
        drain("one", Duration.ofSeconds(3));
        west.awaitStanding("web", "one", Standing.DRAINING);
        west.awaitStanding("web", "one", Standing.UP);
        east.awaitStanding("web", "one", Standing.UP);
    }

    @Test
    void theCanaryTellsHowLongChangesTake() {
        Eventually.until(() -> east.propagation().last() != null, () -> "no canary came back");
        assertThat(east.propagation().last()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
    }

    private Placed drain(String id, Duration life) {
        Intent intent =
                new Intent("web", id, true, Optional.empty(), Instant.now().plus(life), "root@commander", "disk");
        return east.board()
                .put(intent)
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private static void awaitProxies(RunningProxy proxy, int count) {
        Eventually.until(() -> proxy.board().status().proxies().size() == count, proxy.board()::status);
    }

    private static boolean hasLetGo(RunningProxy asked, RunningProxy of, String backend, Placed drain) {
        return letGoOf(asked, of, backend)
                .filter(ack -> ack.intents() >= drain.revision())
                .isPresent();
    }

    /** What one proxy knows of another, or of itself. */
    private static Optional<LetGo> letGoOf(RunningProxy asked, RunningProxy of, String backend) {
        String id = of.board().status().self();
        return asked.board().status().proxies().stream()
                .filter(proxy -> proxy.id().equals(id))
                .map(Proxy::letGo)
                .findFirst()
                .map(letGo -> letGo.get(backend));
    }
}
