package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients hold more connections than the process may have files. */
class FileLimitTest {
    private static final int FILES = 400;
    private static final Pattern FAILURES =
            Pattern.compile("proxyd_listener_accept_failures_total\\{[^}]*} ([0-9.E]+)");

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "io_uring"})
    void acceptingPausesAndGoesOnOnceFilesAreFree(String transport, @TempDir Path folder) throws IOException {
        InetSocketAddress address = ProxydProcess.freeAddress();
        InetSocketAddress admin = ProxydProcess.freeAddress();
        Path config = folder.resolve("proxyd.yaml");
        try (StoryBackend backend = new StoryBackend("b")) {
            Files.writeString(
                    config,
                    """
                    runtime: { event-loops: 1, transport: %s }
                    listeners: [{ address: "%s" }]
                    admin: { address: "%s" }
                    services: { web: { backends: ["127.0.0.1:%d"], health-check: { type: none } } }
                    routes: [{ service: web }]
                    """
                            .formatted(
                                    transport, ProxydProcess.text(address), ProxydProcess.text(admin), backend.port()));
            try (ProxydProcess proxyd = ProxydProcess.servingWithFiles(FILES, folder, config)) {
                proxyd.awaitLog("max-connections (16384) cannot be reached, as the process may open only " + FILES);
                assertThat(StoryClient.get(address, "/").status()).isEqualTo(200);
                assertThat(StoryClient.get(admin, "/metrics").status()).isEqualTo(200);
                List<StoryClient> clients = new ArrayList<>();
                for (int i = 0; i < FILES + 50; i++) {
                    clients.add(new StoryClient(address));
                }
                proxyd.awaitLog("accepting failed");

                Duration cpuBefore = proxyd.cpu();
                long start = System.nanoTime();
                Duration watched = Duration.ofSeconds(2);
                Eventually.until(() -> System.nanoTime() - start > watched.toNanos(), proxyd::err);
                Duration cpu = proxyd.cpu().minus(cpuBefore);

                for (StoryClient client : clients) {
                    client.close();
                }
                assertThat(StoryClient.get(address, "/").status()).isEqualTo(200);
                assertThat(cpu).isLessThan(watched.dividedBy(2));
                assertThat(failures(StoryClient.get(admin, "/metrics"))).isBetween(1.0, 500.0);
                assertThat(proxyd.countLog("accepting failed")).isEqualTo(1);
            }
        }
    }

    private static double failures(Message metrics) {
        Matcher line = FAILURES.matcher(metrics.body());
        assertThat(line.find()).as(metrics.body()).isTrue();
        return Double.parseDouble(line.group(1));
    }
}
