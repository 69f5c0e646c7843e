package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Things happen while the process waits for a registry that does not answer. */
class StartTest {
    @Test
    void aChangeOfTheFileDuringTheStartIsTakenOver(@TempDir Path folder) throws IOException {
        InetSocketAddress address = ProxydProcess.freeAddress();
        Path config = folder.resolve("proxyd.yaml");
        try (StoryBackend before = new StoryBackend("before");
                StoryBackend after = new StoryBackend("after")) {
            String text =
                    """
                    listeners: [{ address: "%s" }]
                    admin: { address: "%s" }
                    registry: { etcd: { endpoints: ["http://%s"] } }
                    services: { web: { backends: ["127.0.0.1:%d"] } }
                    routes: [{ path: /, service: web }]
                    """
                            .formatted(
                                    ProxydProcess.text(address),
                                    ProxydProcess.text(ProxydProcess.freeAddress()),
                                    ProxydProcess.text(ProxydProcess.freeAddress()),
                                    before.port());
            Files.writeString(config, text);
            try (ProxydProcess proxyd = ProxydProcess.run(folder, "--config", config.toString())) {
                proxyd.awaitLog("no catalog yet");
                Files.writeString(config, text.replace(":" + before.port(), ":" + after.port()));
                proxyd.signal("HUP");
                proxyd.awaitLog("ready: listening on");
                Eventually.until(
                        () -> "after"
                                .equals(StoryClient.get(address, "/").fields().get(Answers.BACKEND)),
                        proxyd::err);
                assertThat(proxyd.countLog("is applied")).isEqualTo(1);
            }
        }
    }
}
