package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process is told to stop while it is at work. */
class StopTest {
    @Test
    void sigtermCutsNothingOff(@TempDir Path folder) throws IOException {
        InetSocketAddress address = ProxydProcess.freeAddress();
        try (StoryBackend backend = new StoryBackend("backend", 0, 2)) {
            Path config = Files.writeString(
                    folder.resolve("proxyd.yaml"),
                    """
                    listeners: [{ address: "%s" }]
                    admin: { address: "%s" }
                    services: { web: { backends: ["127.0.0.1:%d"] } }
                    routes: [{ path: /, service: web }]
                    """
                            .formatted(
                                    ProxydProcess.text(address),
                                    ProxydProcess.text(ProxydProcess.freeAddress()),
                                    backend.port()));
            try (ProxydProcess proxyd = ProxydProcess.serving(folder, config);
                    Load load = Load.getsAndPosts(address)) {
                load.awaitAnswers(200);
                CompletableFuture<Message> held = StoryClient.getLater(address, StoryBackend.HOLD);
                Eventually.until(() -> backend.held() == 1, () -> "no request is held");

                load.keepConnections();
                load.awaitAnswers(50);
                proxyd.signal("TERM");
                proxyd.awaitLog("stopping");
                load.awaitEnd();
                assertThat(held).isNotDone();
                assertThat(proxyd.isRunning()).isTrue();

                long released = System.nanoTime();
                backend.release();
                assertThat(held.orTimeout(20, TimeUnit.SECONDS).join().body())
                        .isEqualTo(Answers.body("GET", StoryBackend.HOLD, ""));
                assertThat(proxyd.awaitStatus()).isZero();
                Measured.since("from the last response to the end of the process", released);
                load.assertNothingFailed();
            }
        }
    }
}
