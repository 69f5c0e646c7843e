package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of three backends is killed with requests in flight. */
class KilledBackendTest {
    private static final int SOME_ANSWERS = 300;

    private final EtcdProcess etcd;
    private final List<BackendProcess> backends =
            Stream.of("one", "two", "three").map(BackendProcess::new).toList();
    private final RunningProxy proxy;

    KilledBackendTest(@TempDir Path folder) throws InterruptedException {
        etcd = EtcdProcess.start(folder);
        backends.forEach(b -> etcd.put("/services/web/" + b.name(), b.registration()));
        proxy = RunningProxy.following(etcd);
    }

    @BeforeEach
    void awaitBackends() {
        backends.forEach(b -> proxy.awaitStanding("web", b.name(), Standing.UP));
    }

    @AfterEach
    void endAll() {
        proxy.close();
        backends.forEach(BackendProcess::close);
        etcd.close();
    }

    @Test
    void noGetFailsWhenOneOfThreeIsKilledAndComesBack() {
        try (Load load = Load.gets(proxy.address())) {
            for (BackendProcess backend : backends) {
                load.awaitAnswersOf(backend.name(), 20);
                long killed = System.nanoTime();
                backend.kill();
                Eventually.until(
                        () -> isOut(backend), () -> backend.name() + " is " + proxy.standing("web", backend.name()));
                Measured.since("from kill -9 to out of rotation", killed);
                load.awaitAnswers(SOME_ANSWERS);
                assertThat(isOut(backend)).isTrue();

                backend.restart();
                long restarted = System.nanoTime();
                load.awaitAnswersOf(backend.name(), 20);
                Measured.since("from its restart to traffic again", restarted);
                proxy.awaitStanding("web", backend.name(), Standing.UP);
            }
            load.assertNothingFailed();
        }
    }

    private boolean isOut(BackendProcess backend) {
        Standing standing = proxy.standing("web", backend.name());
        return standing == Standing.EJECTED || standing == Standing.UNHEALTHY;
    }
}
