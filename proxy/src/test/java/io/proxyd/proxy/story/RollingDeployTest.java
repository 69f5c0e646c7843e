package io.proxyd.proxy.story;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.Announcer;
import io.proxyd.discovery.Drained;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdAnnouncer;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.route.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three instances that announce themselves are replaced one after the other, again and again, under load at two proxies. Nothing
 * waits for a time to pass: each step waits for the one before it.
 */
class RollingDeployTest {
    private static final int DEPLOYS = Integer.getInteger("story.deploys", 5);
    private static final int INSTANCES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void noRequestFailsWhileInstancesAreReplaced(@TempDir Path folder) throws InterruptedException {
        List<Instance> instances = new ArrayList<>();
        try (EtcdProcess etcd = EtcdProcess.start(folder)) {
            try {
                for (int i = 1; i <= INSTANCES; i++) {
                    instances.add(new Instance(etcd, "instance-" + i));
                }
                deploy(etcd, instances);
            } finally {
                instances.forEach(Instance::kill);
            }
        }
    }

    private static void deploy(EtcdProcess etcd, List<Instance> instances) throws InterruptedException {
        try (RunningProxy east = RunningProxy.following(etcd);
                RunningProxy west = RunningProxy.following(etcd)) {
            instances.forEach(instance -> instance.awaitUp(east, west));
            Eventually.until(() -> east.board().status().proxies().size() == 2, east.board()::status);
            long start = System.nanoTime();
            try (Load load = Load.getsAndPosts(east.address());
                    Load other = Load.getsAndPosts(west.address())) {
                for (int deploy = 0; deploy < DEPLOYS; deploy++) {
                    for (int i = 0; i < INSTANCES; i++) {
                        instances.get(i).stop();
                        instances.set(i, new Instance(etcd, "instance-" + (i + 1)));
                        instances.get(i).awaitUp(east, west);
                    }
                }
                Measured.since(DEPLOYS + " deploys of " + INSTANCES + " instances", start);
                load.assertNothingFailed();
                other.assertNothingFailed();
            }
        }
    }

    /** A backend with its announcer, on a port of its own. */
    private static final class Instance {
        private final String id;
        private final StoryBackend backend;
        private final Announcer announcer;

        Instance(EtcdProcess etcd, String id) {
            this.id = id;
            this.backend = new StoryBackend(id);
            this.announcer = new EtcdAnnouncer(
                    RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), "/services/"),
                    new Announcement("web", id, "127.0.0.1", backend.port()));
            announcer.start();
        }

        void awaitUp(RunningProxy... proxies) {
            for (RunningProxy proxy : proxies) {
                proxy.awaitStanding("web", id, backend.port(), Standing.UP);
            }
        }

        /** As a process does it that was told to end: first the word to the proxies, then the end. */
        void stop() {
            Drained drained = announcer
                    .drain(PATIENCE)
                    .orTimeout(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
            if (!drained.missing().isEmpty() || drained.letGo().size() != 2) {
                throw new AssertionError(id + ": " + drained);
            }
            kill();
        }

        void kill() {
            announcer.close();
            backend.close();
        }
    }
}
