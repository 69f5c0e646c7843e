package io.proxyd.proxy.story;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.proxy.route.Standing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of registrations are written, renamed and deleted while requests run. */
class FolderRegistryTest {
    private static final int SOME_ANSWERS = 200;

    private final Path folder;
    private final Path service;
    private final StoryBackend stays = new StoryBackend("stays");
    private final StoryBackend comes = new StoryBackend("comes");
    private final RunningProxy proxy;

    FolderRegistryTest(@TempDir Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        this.service = Files.createDirectory(folder.resolve("web"));
        Files.writeString(service.resolve("stays.json"), stays.registration());
        proxy = RunningProxy.following(folder);
        proxy.awaitStanding("web", "stays", Standing.UP);
    }

    @AfterEach
    void endAll() {
        proxy.close();
        stays.close();
        comes.close();
    }

    @Test
    void aFileIsABackendForAsLongAsItIsThere() throws IOException {
        Path file = service.resolve("comes.json");
        try (Load load = Load.getsAndPosts(proxy.address())) {
            long written = System.nanoTime();
            Files.writeString(file, comes.registration());
            load.awaitAnswersOf("comes", 20);
            Measured.millis("from file to first request", comes.firstNanos() - written);

            Path elsewhere = service.resolve("renamed.json");
            Files.move(file, elsewhere, ATOMIC_MOVE);
            proxy.awaitStanding("web", "renamed", Standing.UP);
            proxy.awaitStanding("web", "comes", null);
            load.awaitAnswersOf("comes", 20);

            long deleted = System.nanoTime();
            Files.delete(elsewhere);
            proxy.awaitStanding("web", "renamed", null);
            load.assertLeftAlone(comes);
            Measured.millis("from deletion to last request", Math.max(0, comes.newestNanos() - deleted));
            Eventually.until(() -> comes.connections() == 0, comes::connections);
            load.assertNothingFailed();
        }
    }

    @Test
    void aFileMayBeMovedIntoPlaceOrWrittenInPieces() throws IOException {
        try (Load load = Load.getsAndPosts(proxy.address());
                StoryBackend slow = new StoryBackend("slow")) {
            Path prepared = Files.writeString(folder.resolve("comes.tmp"), comes.registration());
            Files.move(prepared, service.resolve("comes.json"), ATOMIC_MOVE);
            load.awaitAnswersOf("comes", 20);

            byte[] bytes = slow.registration().getBytes(StandardCharsets.UTF_8);
            try (var out = Files.newOutputStream(service.resolve("slow.json"))) {
                for (byte b : bytes) {
                    out.write(b);
                }
            }
            load.awaitAnswersOf("slow", 20);
            assertThat(proxy.table().catalog().quarantined()).isEmpty();
            load.assertNothingFailed();
        }
    }

    @Test
    void aFileThatMakesNoSenseIsQuarantinedAndDisturbsNobody() throws IOException {
        Path file = service.resolve("comes.json");
        try (Load load = Load.getsAndPosts(proxy.address())) {
            Files.writeString(file, "{\"host\": \"127.0.0.1\"}");
            Eventually.until(() -> !proxy.table().catalog().quarantined().isEmpty(), () -> "nothing in quarantine");
            assertThat(proxy.table().catalog().quarantined()).singleElement().satisfies(q -> {
                assertThat(q.key()).isEqualTo(file.toString());
                assertThat(q.reason()).contains("port is missing");
            });
            load.awaitAnswers(SOME_ANSWERS);

            Files.writeString(file, comes.registration());
            load.awaitAnswersOf("comes", 20);
            assertThat(proxy.table().catalog().quarantined()).isEmpty();
            load.assertNothingFailed();
        }
    }
}
