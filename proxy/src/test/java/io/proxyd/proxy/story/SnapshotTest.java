package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process starts again while its registry is away, or came back another. */
class SnapshotTest {
    private final Path folder;
    private final Path snapshot;
    private final EtcdProcess etcd;
    private final StoryBackend one = new StoryBackend("one");
    private final StoryBackend two = new StoryBackend("two");
    private final InetSocketAddress address = ProxydProcess.freeAddress();
    private final InetSocketAddress admin = ProxydProcess.freeAddress();
    private final Path config;

    SnapshotTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        this.snapshot = folder.resolve("catalog.json");
        this.etcd = EtcdProcess.start(folder);
        this.config = Files.writeString(
                folder.resolve("proxyd.yaml"),
                """
                runtime: { drain-timeout: 1s }
                listeners: [{ address: "%s" }]
                admin: { address: "%s" }
                registry:
                  etcd: { endpoints: ["%s"] }
                  snapshot: %s
                services: { web: { health-check: { path: /healthz, interval: 100ms, timeout: 100ms } } }
                routes: [{ path: /, service: web }]
                """
                        .formatted(ProxydProcess.text(address), ProxydProcess.text(admin), etcd.endpoint(), snapshot));
    }

    @BeforeEach
    void keepACatalogOfTwo() {
        etcd.put("/services/web/one", one.registration());
        etcd.put("/services/web/two", two.registration());
        try (ProxydProcess proxyd = ProxydProcess.serving(folder, config)) {
            awaitAnswersOf("one");
            awaitAnswersOf("two");
            proxyd.signal("TERM");
            assertThat(proxyd.awaitStatus()).isZero();
        }
        assertThat(snapshot).content().contains("\"one\"", "\"two\"");
    }

    @AfterEach
    void endAll() {
        one.close();
        two.close();
        etcd.close();
    }

    @Test
    void servesTheLastGoodCatalogWhileEtcdIsAway() {
        etcd.kill();
        try (ProxydProcess proxyd = ProxydProcess.serving(folder, config)) {
            proxyd.awaitLog("source=snapshot age=");
            awaitAnswersOf("one");
            awaitAnswersOf("two");
            assertThat(ask("/ready")).contains("snapshot");
            assertThat(ask("/api/v1/registry")).contains("snapshot");
            assertThat(ask("/metrics")).contains("proxyd_registry_snapshot_in_use 1");

            etcd.start();
            Eventually.until(
                    () -> ask("/metrics").contains("proxyd_registry_snapshot_in_use 0"), () -> ask("/api/v1/registry"));
            awaitAnswersOf("one");
        }
    }

    @Test
    void aDeadBackendOfTheSnapshotIsNotServed() {
        etcd.kill();
        two.close();
        try (ProxydProcess proxyd = ProxydProcess.serving(folder, config)) {
            proxyd.awaitLog("web/two (127.0.0.1:" + two.port() + ") is unhealthy");
            try (Load load = Load.gets(address)) {
                load.awaitAnswers(100);
                assertThat(load.answersOf("two")).isZero();
                load.assertNothingFailed();
            }
        }
    }

    @Test
    void anEtcdThatWasRebuiltMeanwhileIsNotObeyed() {
        etcd.wipe();
        etcd.start();
        try (ProxydProcess proxyd = ProxydProcess.serving(folder, config)) {
            proxyd.awaitLog("rebuilt or restored");
            awaitAnswersOf("one");
            awaitAnswersOf("two");
            assertThat(ask("/metrics")).contains("proxyd_registry_held_backends{service=\"web\"} 2");
            try (Load load = Load.gets(address)) {
                load.awaitAnswers(100);
                load.assertNothingFailed();
            }
            // What is held is remembered too: another start goes on from it.
            proxyd.signal("TERM");
            assertThat(proxyd.awaitStatus()).isZero();
        }
        assertThat(snapshot).content().contains("\"one\"", "\"two\"");
    }

    @Test
    void aBrokenSnapshotIsSetAsideWithItsReason() throws IOException {
        etcd.kill();
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 1;
        Files.write(snapshot, bytes);
        try (ProxydProcess proxyd = ProxydProcess.serving(folder, config)) {
            proxyd.awaitLog("content has the SHA-256");
            assertThat(folder.resolve("catalog.json.refused")).hasBinaryContent(bytes);
            assertThat(StoryClient.get(address, "/").status()).isEqualTo(503);
        }
    }

    private void awaitAnswersOf(String backend) {
        Eventually.until(
                () -> {
                    Message answer = StoryClient.get(address, "/x");
                    return answer.status() == 200
                            && backend.equals(answer.fields().get(Answers.BACKEND));
                },
                () -> ask("/api/v1/backends") + ask("/api/v1/history"));
    }

    private String ask(String path) {
        return new String(StoryClient.get(admin, path).bytes(), StandardCharsets.UTF_8);
    }
}
