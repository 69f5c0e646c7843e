package io.proxyd.discovery.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogFileTest {
    private static final Instant CONFIRMED = Instant.parse("2030-01-31T12:00:00.123456789Z");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void readsBackWhatItWrote() throws IOException {
        file().write(new KeptCatalog(catalog(), CONFIRMED));

        KeptCatalog read = file().read().orElseThrow();

        assertThat(read.confirmed()).isEqualTo(CONFIRMED);
        assertThat(read.catalog().registrations()).isEqualTo(catalog().registrations());
        assertThat(read.catalog().quarantined()).isEqualTo(catalog().quarantined());
        assertThat(read.catalog().revision()).isEqualTo(17);
        assertThat(read.catalog().lineage()).isEqualTo(new Lineage(0xcafe_f00d_dead_beefL, 0, "", true));
    }

    @Test
    void leavesNothingBesideTheFile() throws IOException {
        file().write(new KeptCatalog(catalog(), CONFIRMED));
        file().write(new KeptCatalog(Catalog.EMPTY, CONFIRMED));

        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file().path());
        }
        assertThat(file().read().orElseThrow().catalog().registrations()).isEmpty();
    }

    @Test
    void isEmptyWhereThereIsNoFile() throws IOException {
        assertThat(file().read()).isEmpty();
    }

    /** Each byte in turn, so that no place of the file goes unchecked. */
    @Test
    void refusesAFileWithAnyByteChanged() throws IOException {
        file().write(new KeptCatalog(catalog(), CONFIRMED));
        byte[] good = Files.readAllBytes(file().path());
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 0x01;
            Files.write(file().path(), bad);
            assertThatThrownBy(file()::read)
                    .as("byte %d of %s", i, new String(bad, StandardCharsets.ISO_8859_1))
                    .isInstanceOf(CatalogFileException.class)
                    .hasMessageStartingWith(file().path() + ": ");
        }
    }

    @Test
    void refusesAFileThatEndsEarly() throws IOException {
        file().write(new KeptCatalog(catalog(), CONFIRMED));
        byte[] good = Files.readAllBytes(file().path());
        for (int length = 0; length < good.length; length++) {
            Files.write(file().path(), java.util.Arrays.copyOf(good, length));
            assertThatThrownBy(file()::read).as("%d bytes", length).isInstanceOf(CatalogFileException.class);
        }
    }

    @Test
    void refusesTheCatalogOfAnotherRegistry() throws IOException {
        file().write(new KeptCatalog(catalog(), CONFIRMED));

        assertThatThrownBy(new CatalogFile(file().path(), "etcd /other/")::read)
                .hasMessage(file().path() + ": is of the registry etcd /services/, expected etcd /other/");
    }

    @Test
    void refusesAnotherFormat() throws IOException {
        Files.writeString(file().path(), "{\"format\":2,\"sha256\":\"\"}\n{}");

        assertThatThrownBy(file()::read).hasMessage(file().path() + ": has format 2, expected 1");
    }

    private CatalogFile file() {
        return new CatalogFile(folder.resolve("catalog.json"), "etcd /services/");
    }

    private static Catalog catalog() {
        return new Catalog(
                17,
                new Lineage(0xcafe_f00d_dead_beefL, 3, "why", false),
                List.of(
                        new Registration("web", "1", "10.0.0.3", 80, 100, State.UP, Map.of(), Map.of()),
                        new Registration(
                                "web",
                                "2",
                                "::1",
                                81,
                                0,
                                State.DRAINING,
                                Optional.of(CONFIRMED),
                                true,
                                Map.of("zone", "ä"),
                                Map.of("announcer", "\"x\""))),
                List.of(new Quarantined("/services/a/b/c", "key has 3 segments")),
                Set.of("web/3"));
    }
}
