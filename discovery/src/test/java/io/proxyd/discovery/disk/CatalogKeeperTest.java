package io.proxyd.discovery.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.RegistryStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogKeeperTest {
    private static final Instant FIRST = Instant.parse("2030-01-31T12:00:00Z");
    private static final Duration NEVER = Duration.ofHours(1);

    private final AtomicReference<Instant> confirmed = new AtomicReference<>(FIRST);

    private final AtomicInteger asked = new AtomicInteger();

    @TempDir
    private Path folder = Path.of("");

    @Test
    void keepsTheNewestOfABurst() throws IOException {
        try (CatalogKeeper keeper = keeper(NEVER)) {
            for (int revision = 1; revision <= 1000; revision++) {
                keeper.keep(catalog(revision));
            }
        }
        assertThat(revisionOnDisk()).isEqualTo(1000);
    }

    @Test
    void writesWithoutBeingClosed() {
        try (CatalogKeeper keeper = keeper(NEVER)) {
            keeper.keep(catalog(1));
            Eventually.until(() -> Files.exists(file().path()), () -> "no file");
        }
    }

    @Test
    void keepsTheTimeOfTheLastConfirmationUpToDate() {
        try (CatalogKeeper keeper = keeper(Duration.ofMillis(10))) {
            keeper.keep(catalog(1));
            Eventually.until(() -> confirmedOnDisk().equals(FIRST), () -> "not written");
            confirmed.set(FIRST.plusSeconds(60));
            Eventually.until(() -> confirmedOnDisk().equals(FIRST.plusSeconds(60)), () -> "not refreshed");
        }
    }

    @Test
    void setsAsideAFileThatCannotBeUsed() throws IOException {
        Files.writeString(file().path(), "{}");
        try (CatalogKeeper keeper = keeper(NEVER)) {
            assertThat(keeper.load()).isEmpty();
        }
        assertThat(file().path()).doesNotExist();
        assertThat(folder.resolve("catalog.json.refused")).hasContent("{}");
    }

    @Test
    void triesAgainWhereItCouldNotWrite() throws IOException {
        Path missing = folder.resolve("missing");
        CatalogFile later = new CatalogFile(missing.resolve("catalog.json"), "etcd /services/");
        try (CatalogKeeper keeper = new CatalogKeeper(later, this::status, Duration.ofMillis(10))) {
            keeper.keep(catalog(5));
            int before = asked.get();
            Eventually.until(() -> asked.get() > before + 1, () -> "no try");
            Files.createDirectory(missing);
            Eventually.until(() -> Files.exists(later.path()), () -> "no file");
        }
        assertThat(later.read().orElseThrow().catalog().revision()).isEqualTo(5);
    }

    private CatalogKeeper keeper(Duration refresh) {
        return new CatalogKeeper(file(), this::status, refresh);
    }

    /** Asked for with each try to write. */
    private RegistryStatus status() {
        asked.incrementAndGet();
        return new RegistryStatus("etcd", true, 1, confirmed.get(), null);
    }

    private CatalogFile file() {
        return new CatalogFile(folder.resolve("catalog.json"), "etcd /services/");
    }

    private long revisionOnDisk() throws IOException {
        return file().read().orElseThrow().catalog().revision();
    }

    private Instant confirmedOnDisk() {
        try {
            return file().read().map(KeptCatalog::confirmed).orElse(Instant.MIN);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Catalog catalog(long revision) {
        return new Catalog(revision, List.of(), List.of());
    }
}
