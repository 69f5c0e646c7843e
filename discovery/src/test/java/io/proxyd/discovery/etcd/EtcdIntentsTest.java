package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Intents;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Placed;
import io.proxyd.discovery.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two proxies at one etcd. */
class EtcdIntentsTest {
    private static EtcdProcess etcd;

    private Side east;
    private Side west;

    @BeforeAll
    static void startEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @BeforeEach
    void meet() {
        east = new Side("east", etcd);
        west = new Side("west", etcd);
        east.awaitProxies("east", "west");
        west.awaitProxies("west", "east");
    }

    @AfterEach
    void part() {
        east.board.close();
        west.board.close();
    }

    @Test
    void anIntentReachesEveryProxyAndCanBeTakenBack() {
        Intent drain = drain("web", "1", Duration.ofMinutes(30));
        Placed placed = await(east.board.put(drain));
        assertThat(placed.shared()).isTrue();
        assertThat(placed.revision()).isPositive();
        east.awaitIntents(drain);
        west.awaitIntents(drain);
        assertThat(west.intents.revision()).isGreaterThanOrEqualTo(placed.revision());

        await(west.board.remove("web", "1"));
        east.awaitIntents();
        west.awaitIntents();
    }

    @Test
    void aDrainAndAWeightOfOneBackendLiveSideBySide() {
        Intent weight = new Intent("web", "2", false, Optional.of(7), in(Duration.ofHours(2)), "me", "slow disk");
        await(east.board.put(weight));
        west.awaitIntents(weight);
        Intent drain = drain("web", "2", Duration.ofHours(1));
        await(west.board.put(drain));
        Intent both = new Intent("web", "2", true, Optional.of(7), drain.until(), drain.author(), drain.reason());
        east.awaitIntents(both);
        await(east.board.remove("web", "2"));
        west.awaitIntents();
    }

    @Test
    void anIntentEndsByItself() {
        await(east.board.put(drain("web", "3", Duration.ofSeconds(2))));
        west.awaitIntentCount(1);
        west.awaitIntentCount(0);
    }

    @Test
    void whatAProxyLetGoOfIsSeenByTheOthersUntilItSaysOtherwise() {
        east.board.letGo(Map.of("web/1", new LetGo(5, 6), "web/2", new LetGo(7, 8)));
        west.awaitLetGo("east", Map.of("web/1", new LetGo(5, 6), "web/2", new LetGo(7, 8)));
        east.board.letGo(Map.of("web/2", new LetGo(9, 8)));
        west.awaitLetGo("east", Map.of("web/2", new LetGo(9, 8)));
    }

    @Test
    void aProxyThatLeavesIsGoneAtOnce() {
        west.board.letGo(Map.of("web/1", new LetGo(5, 6)));
        east.awaitLetGo("west", Map.of("web/1", new LetGo(5, 6)));
        west.board.close();
        east.awaitProxies("east");
    }

    @Test
    void keysThatSomebodyDeletedAreWrittenAgain() {
        east.board.letGo(Map.of("web/1", new LetGo(5, 6)));
        west.awaitLetGo("east", Map.of("web/1", new LetGo(5, 6)));
        etcd.delete("/proxyd/proxies/east");
        etcd.delete("/proxyd/acks/east/web/1");
        west.awaitLetGo("east", Map.of());
        west.awaitLetGo("east", Map.of("web/1", new LetGo(5, 6)));
    }

    @Test
    void theCanaryComesBackWithTheTimeItWasSent() {
        Eventually.until(() -> east.canary != null, () -> "no canary");
        assertThat(east.canary).isBetween(Instant.now().minus(1, ChronoUnit.MINUTES), Instant.now());
    }

    @Test
    void valuesThatNobodyUnderstandsAreIgnored() {
        etcd.put("/proxyd/intents/web/8/drain", "{\"until\": \"soon\"}");
        etcd.put(
                "/proxyd/intents/web/9/weight",
                "{\"weight\": 1001, \"until\": \"2100-01-01T00:00:00Z\", " + "\"author\": \"a\", \"reason\": \"\"}");
        etcd.put("/proxyd/something/else", "");
        Intent drain = drain("web", "4", Duration.ofMinutes(1));
        await(east.board.put(drain));
        west.awaitIntents(drain);
        await(east.board.remove("web", "4"));
    }

    @Test
    void whileEtcdIsAwayNothingIsChangedAndTheReasonIsGiven(@TempDir Path folder) {
        EtcdProcess absent = EtcdProcess.stopped(folder);
        Side alone = new Side("alone", absent);
        try {
            assertThatThrownBy(() -> await(alone.board.put(drain("web", "1", Duration.ofMinutes(1)))))
                    .rootCause()
                    .hasMessageContaining("refused");
            assertThat(alone.board.status().shared()).isFalse();
            assertThat(alone.board.status().proxies()).extracting(Proxy::id).containsExactly("alone");
            assertThat(alone.intents.drains()).isEmpty();
        } finally {
            alone.board.close();
        }
    }

    private static Intent drain(String service, String id, Duration life) {
        return new Intent(service, id, true, Optional.empty(), in(life), "root@commander", "new disk");
    }

    private static Instant in(Duration life) {
        return Instant.now().plus(life).truncatedTo(ChronoUnit.MILLIS);
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    /** One proxy's end of the board. */
    private static final class Side {
        private final EtcdIntents board;
        private volatile Intents intents = Intents.NONE;
        private volatile @Nullable Instant canary;

        Side(String id, EtcdProcess at) {
            RegistryConfig.Etcd config = RegistryConfig.Etcd.plain(List.of(at.endpoint()), "/services/");
            board = new EtcdIntents(config, id, Map.of("host", id + "-1"), InstantSource.system());
            board.watch(changed -> intents = changed, sent -> canary = sent);
        }

        void awaitIntents(Intent... expected) {
            Map<String, Intent> byName = new HashMap<>();
            List.of(expected).forEach(intent -> byName.put(intent.name(), intent));
            Eventually.until(() -> intents.inForce(Instant.now()).equals(byName), () -> intents);
        }

        void awaitIntentCount(int count) {
            Eventually.until(() -> intents.drains().size() == count, () -> intents);
        }

        void awaitProxies(String... ids) {
            Eventually.until(
                    () -> board.status().proxies().stream()
                            .map(Proxy::id)
                            .toList()
                            .equals(List.of(ids)),
                    board::status);
        }

        void awaitLetGo(String proxy, Map<String, LetGo> expected) {
            Eventually.until(
                    () -> board.status().proxies().stream()
                            .filter(p -> p.id().equals(proxy))
                            .findFirst()
                            .map(p -> p.letGo().equals(expected))
                            .orElse(expected.isEmpty()),
                    board::status);
        }
    }
}
