package io.proxyd.discovery.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.RegistryStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRegistryTest {
    private static final Duration NEVER = Duration.ofHours(1);
    /** No audit, so that a test passes only when the change itself is heard of. */
    private static final FileTiming WITHOUT_AUDIT =
            new FileTiming(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofMillis(50), NEVER);

    private final CatalogProbe catalogs = new CatalogProbe();
    private Path parent;
    private Path dir;
    private FileRegistry registry;

    @BeforeEach
    void newFolder(@TempDir Path folder) throws IOException {
        parent = folder;
        dir = Files.createDirectory(folder.resolve("services"));
        registry = registry(WITHOUT_AUDIT);
    }

    @AfterEach
    void closeRegistry() {
        registry.close();
    }

    @Test
    void mirrorsTheKeysOfEtcd() throws IOException {
        write("web/web-1.json", 8001);
        write("web/web-2.json", 8002);
        write("mongodb.json", 27017);
        registry.watch(catalogs);
        catalogs.awaitBackends("mongodb/mongodb=h:27017", "web/web-1=h:8001", "web/web-2=h:8002");
        assertThat(catalogs.delivered()).hasSize(1);
        assertThat(catalogs.threads()).containsOnly("proxyd-registry-file");
    }

    @Test
    void followsFilesWrittenChangedAndDeleted() throws IOException {
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        write("web/2.json", 8002);
        catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
        write("web/1.json", 9001);
        catalogs.awaitBackends("web/1=h:9001", "web/2=h:8002");
        Files.delete(dir.resolve("web/2.json"));
        catalogs.awaitBackends("web/1=h:9001");
    }

    @Test
    void followsServicesCreatedAndRemovedLater() throws IOException {
        registry.watch(catalogs);
        catalogs.awaitBackends();
        write("new/1.json", 8001);
        catalogs.awaitBackends("new/1=h:8001");
        write("new/2.json", 8002);
        catalogs.awaitBackends("new/1=h:8001", "new/2=h:8002");
        deleteTree(dir.resolve("new"));
        catalogs.awaitBackends();
        write("new/3.json", 8003);
        catalogs.awaitBackends("new/3=h:8003");
    }

    @Test
    void takesFilesRenamedIntoPlace() throws IOException {
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        Path unfinished = dir.resolve("web/.1.json.tmp");
        Files.writeString(unfinished, json(9001));
        Files.move(unfinished, dir.resolve("web/1.json"), StandardCopyOption.ATOMIC_MOVE);
        catalogs.awaitBackends("web/1=h:9001");
        assertThat(catalogs.delivered()).hasSize(2);
    }

    @Test
    void followsAServiceFolderThatIsRenamed() throws IOException {
        write("old/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("old/1=h:8001");
        Files.move(dir.resolve("old"), dir.resolve("renamed"));
        catalogs.awaitBackends("renamed/1=h:8001");
        write("renamed/2.json", 8002);
        catalogs.awaitBackends("renamed/1=h:8001", "renamed/2=h:8002");
        write("old/3.json", 8003);
        catalogs.awaitBackends("old/3=h:8003", "renamed/1=h:8001", "renamed/2=h:8002");
    }

    @Test
    void followsTwoServiceFoldersThatSwapTheirNames() throws IOException {
        write("a/1.json", 1);
        write("b/2.json", 2);
        registry.watch(catalogs);
        catalogs.awaitBackends("a/1=h:1", "b/2=h:2");
        Files.move(dir.resolve("a"), dir.resolve(".aside"));
        Files.move(dir.resolve("b"), dir.resolve("a"));
        Files.move(dir.resolve(".aside"), dir.resolve("b"));
        catalogs.awaitBackends("a/2=h:2", "b/1=h:1");
        write("a/3.json", 3);
        write("b/4.json", 4);
        catalogs.awaitBackends("a/2=h:2", "a/3=h:3", "b/1=h:1", "b/4=h:4");
    }

    @Test
    void ignoresDotfilesAndFilesOfOtherKinds() throws IOException {
        write("web/1.json", 8001);
        write("web/.2.json", 8002);
        write("web/3.json~", 8003);
        write("web/4.json.swp", 8004);
        write(".hidden/5.json", 8005);
        write("README.md", 8006);
        registry.watch(catalogs);
        Catalog catalog = catalogs.awaitBackends("web/1=h:8001");
        assertThat(catalog.quarantined()).isEmpty();
    }

    @Test
    void quarantinesABrokenFileByItsPathAndHealsIt() throws IOException {
        write("web/1.json", 8001);
        Path broken = dir.resolve("web/2.json");
        Files.writeString(broken, "{\"host\": \"h\", \"port\": 70000}");
        registry.watch(catalogs);
        Catalog sick = catalogs.await(catalog -> !catalog.quarantined().isEmpty());
        assertThat(CatalogProbe.backends(sick)).containsExactly("web/1=h:8001");
        assertThat(sick.quarantined())
                .containsExactly(
                        new Quarantined(broken.toString(), "port is 70000, expected a whole number from 1 to 65535"));
        write("web/2.json", 8002);
        Catalog healed = catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
        assertThat(healed.quarantined()).isEmpty();
    }

    @Test
    void quarantinesAnOldBrokenFileWithTheFirstCatalog() throws IOException {
        Path broken = dir.resolve("web.json");
        Files.writeString(broken, "oops");
        Files.setLastModifiedTime(broken, FileTime.from(Instant.now().minusSeconds(60)));
        registry.watch(catalogs);
        Catalog first = catalogs.await(catalog -> true);
        assertThat(first.quarantined()).extracting(Quarantined::key).containsExactly(broken.toString());
        assertThat(catalogs.delivered()).hasSize(1);
    }

    @Test
    void keepsTheFormerRegistrationWhileAFileIsHalfWritten() throws IOException {
        registry = registry(new FileTiming(Duration.ofSeconds(5), NEVER, WITHOUT_AUDIT.check(), NEVER));
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        String text = json(9001);
        try (OutputStream slowWriter = Files.newOutputStream(dir.resolve("web/1.json"))) {
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                slowWriter.write(b);
                // Another file's change makes the registry look, and read this one as far as it is written.
                write("web/2.json", 2000 + b);
                catalogs.await(catalog -> CatalogProbe.backends(catalog).contains("web/2=h:" + (2000 + b)));
            }
        }
        catalogs.await(catalog -> CatalogProbe.backends(catalog).contains("web/1=h:9001"));
        assertThat(catalogs.delivered())
                .allSatisfy(catalog -> assertThat(catalog.quarantined()).isEmpty())
                .allSatisfy(catalog ->
                        assertThat(CatalogProbe.backends(catalog)).containsAnyOf("web/1=h:8001", "web/1=h:9001"));
    }

    @Test
    void quarantinesAFileThatStaysHalfWrittenAndKeepsWhatItSaidBefore() throws IOException {
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        Files.writeString(dir.resolve("web/1.json"), "{\"host\": \"h\", \"po");
        Catalog catalog = catalogs.await(seen -> !seen.quarantined().isEmpty());
        assertThat(CatalogProbe.backends(catalog)).containsExactly("web/1=h:8001");
        assertThat(catalog.quarantined().get(0).reason())
                .contains("is not strict JSON")
                .endsWith("; its last good value stays in use");
    }

    @Test
    void takesADeletedFileForOneDeletedOnPurpose() throws IOException {
        write("web/1.json", 8001);
        write("web/2.json", 8002);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
        Files.delete(dir.resolve("web/1.json"));
        assertThat(catalogs.awaitBackends("web/2=h:8002").released()).containsExactly("web/1");
    }

    @Test
    void waitsNoLongerThanItsPatienceForAFileFromTheFuture() throws IOException {
        Path broken = dir.resolve("web.json");
        Files.writeString(broken, "oops");
        Files.setLastModifiedTime(broken, FileTime.from(Instant.now().plusSeconds(3600)));
        registry.watch(catalogs);
        catalogs.await(catalog -> !catalog.quarantined().isEmpty());
    }

    @Test
    void quarantinesWhatIsNeitherFileNorServiceFolder() throws IOException {
        Files.createDirectories(dir.resolve("web/deeper"));
        Files.createDirectories(dir.resolve("web/folder.json"));
        registry.watch(catalogs);
        Catalog catalog = catalogs.await(seen -> seen.quarantined().size() == 2);
        assertThat(catalog.quarantined())
                .extracting(Quarantined::key)
                .containsExactly(
                        dir.resolve("web/deeper").toString(),
                        dir.resolve("web/folder.json").toString());
    }

    @Test
    void neverLoadsMoreThanTheBoundOfAHugeFile() throws IOException {
        Path huge = dir.resolve("web.json");
        Files.write(huge, new byte[1024 * 1024]);
        registry.watch(catalogs);
        Catalog catalog = catalogs.await(seen -> !seen.quarantined().isEmpty());
        assertThat(catalog.quarantined().get(0).reason()).startsWith("value has more than 65536 bytes");
    }

    @Test
    void waitsForAFolderThatIsAbsentAtStartAndSaysSo() throws IOException {
        Files.delete(dir);
        registry.watch(catalogs);
        awaitError("registry folder " + dir + ": does not exist");
        assertThat(catalogs.delivered()).isEmpty();
        write("web/1.json", 8001);
        catalogs.awaitBackends("web/1=h:8001");
        awaitConnected();
    }

    @Test
    void keepsTheCatalogWhileTheFolderIsAwayAndFollowsTheNextOne() throws IOException {
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        Files.move(dir, parent.resolve("away"));
        awaitError("does not exist");
        assertThat(catalogs.delivered()).hasSize(1);
        Path next = Files.createDirectory(parent.resolve("next"));
        Files.writeString(Files.createDirectory(next.resolve("web")).resolve("2.json"), json(8002));
        Files.move(next, dir);
        catalogs.awaitBackends("web/2=h:8002");
        awaitConnected();
        write("web/3.json", 8003);
        catalogs.awaitBackends("web/2=h:8002", "web/3=h:8003");
    }

    @Test
    void followsAFolderThatIsReplacedByAnother() throws IOException {
        write("web/1.json", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        Path link = parent.resolve("link");
        registry.close();
        Path first = dir;
        Path second = Files.createDirectory(parent.resolve("second"));
        Files.createSymbolicLink(link, first);
        dir = link;
        registry = registry(WITHOUT_AUDIT);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        Files.writeString(second.resolve("db.json"), json(5432));
        Files.createSymbolicLink(parent.resolve("link2"), second);
        Files.move(parent.resolve("link2"), link, StandardCopyOption.ATOMIC_MOVE);
        catalogs.awaitBackends("db/db=h:5432");
    }

    @Test
    void readsEverythingAgainFromTimeToTime() throws IOException {
        registry.close();
        Path target = parent.resolve("target");
        Files.writeString(target, json(8001));
        // A link's target changes unheard, as it lies in another folder: only the audit can find it.
        Files.createSymbolicLink(dir.resolve("web.json"), target);
        registry = registry(new FileTiming(
                WITHOUT_AUDIT.settle(), WITHOUT_AUDIT.patience(), WITHOUT_AUDIT.check(), Duration.ofMillis(200)));
        registry.watch(catalogs);
        catalogs.awaitBackends("web/web=h:8001");
        Files.writeString(target, json(8002));
        catalogs.awaitBackends("web/web=h:8002");
    }

    @Test
    void followsABurstOfManyFiles() throws IOException {
        registry.watch(catalogs);
        catalogs.awaitBackends();
        for (int i = 0; i < 1000; i++) {
            write("s" + i % 10 + "/" + i + ".json", 1 + i);
        }
        catalogs.await(catalog -> catalog.registrations().size() == 1000);
        try (Stream<Path> services = Files.list(dir)) {
            for (Path service : services.toList()) {
                deleteTree(service);
            }
        }
        catalogs.awaitBackends();
    }

    @Test
    void tellsItsStatus() throws IOException {
        assertThat(registry.status()).isEqualTo(new RegistryStatus("file", false, 0, null, "not started"));
        write("web/1.json", 8001);
        registry.watch(catalogs);
        awaitConnected();
        assertThat(registry.status().revision()).isEqualTo(1);
        Instant confirmed = registry.status().confirmed();
        assertThat(confirmed).isNotNull();
        Eventually.until(() -> !Objects.equals(confirmed, registry.status().confirmed()), registry::status);
        write("web/1.json", 8002);
        Eventually.until(() -> registry.status().revision() == 2, registry::status);
    }

    @Test
    void endsItsThreadsWhenClosed() throws IOException {
        registry.watch(catalogs);
        awaitConnected();
        registry.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("proxyd-registry-file");
        int delivered = catalogs.delivered().size();
        write("web/1.json", 8001);
        assertThat(catalogs.delivered()).hasSize(delivered);
        registry.close();
    }

    private FileRegistry registry(FileTiming timing) {
        return new FileRegistry(new RegistryConfig.File(dir), timing, Clock.systemUTC());
    }

    private void write(String name, int port) throws IOException {
        Path file = dir.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, json(port));
    }

    private static String json(int port) {
        return "{\"host\": \"h\", \"port\": " + port + "}";
    }

    private void awaitConnected() {
        Eventually.until(() -> registry.status().connected(), registry::status);
    }

    private void awaitError(String text) {
        Eventually.until(() -> String.valueOf(registry.status().error()).contains(text), registry::status);
    }

    private static void deleteTree(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
