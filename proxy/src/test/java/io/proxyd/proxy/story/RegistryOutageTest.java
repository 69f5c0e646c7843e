package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Standing;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry hangs, dies, or was never there: the backends that work go on working. */
class RegistryOutageTest {
    private static final int SOME_ANSWERS = 200;

    private final Path folder;

    RegistryOutageTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void nothingChangesWhileEtcdHangsAndIsGone() throws InterruptedException {
        try (EtcdProcess etcd = EtcdProcess.start(folder);
                StoryBackend one = new StoryBackend("one");
                StoryBackend two = new StoryBackend("two");
                StoryBackend late = new StoryBackend("late")) {
            etcd.put("/services/web/one", one.registration());
            etcd.put("/services/web/two", two.registration());
            try (RunningProxy proxy = RunningProxy.following(etcd);
                    Load load = Load.getsAndPosts(upAtFirst(proxy))) {
                awaitConnected(proxy, true);
                RoutingTable before = proxy.table();

                etcd.pause();
                awaitConnected(proxy, false);
                assertThat(proxy.registryStatus().error())
                        .contains(etcd.endpoint().toString(), "silent");
                load.awaitAnswers(SOME_ANSWERS);
                etcd.resume();
                awaitConnected(proxy, true);

                etcd.kill();
                awaitConnected(proxy, false);
                assertThat(proxy.registryStatus().error())
                        .contains(etcd.endpoint().toString());
                load.awaitAnswers(SOME_ANSWERS);
                assertThat(proxy.table()).as("the routing table").isSameAs(before);
                assertThat(proxy.standing("web", "one")).isEqualTo(Standing.UP);
                assertThat(proxy.standing("web", "two")).isEqualTo(Standing.UP);

                etcd.start();
                long started = System.nanoTime();
                etcd.put("/services/web/late", late.registration());
                load.awaitAnswersOf("late", 20);
                Measured.since("from etcd's return to a new registration's traffic", started);
                awaitConnected(proxy, true);
                load.assertNothingFailed();
            }
        }
    }

    @Test
    void anEtcdThatIsAbsentAtTheStartIsFollowedOnceItIsThere() throws InterruptedException {
        try (EtcdProcess etcd = EtcdProcess.stopped(folder);
                StoryBackend configured = new StoryBackend("configured");
                StoryBackend registered = new StoryBackend("registered");
                RunningProxy proxy = RunningProxy.start(
                        """
                        listeners: [{ address: "127.0.0.1:0" }]
                        registry: { etcd: { endpoints: ["%s"] } }
                        services:
                          fixed: { backends: ["127.0.0.1:%d"] }
                          web: { health-check: { path: /healthz } }
                        routes:
                          - { path: /, service: fixed }
                          - { path: /web, service: web }
                        """
                                .formatted(etcd.endpoint(), configured.port()))) {
            proxy.awaitStanding("fixed", "127.0.0.1:" + configured.port(), Standing.UP);
            assertThat(proxy.registryStatus().connected()).isFalse();
            assertThat(proxy.registryStatus().error()).contains(etcd.endpoint().toString());
            try (Load load = Load.getsAndPosts(proxy.address())) {
                Message answer = StoryClient.get(proxy.address(), "/web/page");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.body()).contains("no-backend");

                etcd.start();
                long started = System.nanoTime();
                etcd.put("/services/web/registered", registered.registration());
                Eventually.until(
                        () -> StoryClient.get(proxy.address(), "/web/page").status() == 200,
                        () -> StoryClient.get(proxy.address(), "/web/page"));
                Measured.since("from etcd's first start to traffic", started);
                awaitConnected(proxy, true);
                load.assertNothingFailed();
            }
        }
    }

    private static InetSocketAddress upAtFirst(RunningProxy proxy) {
        proxy.awaitStanding("web", "one", Standing.UP);
        proxy.awaitStanding("web", "two", Standing.UP);
        return proxy.address();
    }

    private static void awaitConnected(RunningProxy proxy, boolean wanted) {
        long start = System.nanoTime();
        Eventually.until(() -> proxy.registryStatus().connected() == wanted, proxy::registryStatus);
        RegistryStatus status = proxy.registryStatus();
        Measured.since(wanted ? "until connected" : "until known as lost (" + status.error() + ")", start);
    }
}
