package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWatchTest {
    /** So long that only an event can be what made a test pass. */
    private static final Duration NEVER = Duration.ofHours(1);

    private static final Duration AT_ONCE = Duration.ofMillis(5);

    private final Path folder;
    private final Path file;

    /** What the file held each time it was told that it changed. */
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

    private final List<ConfigWatch> started = new ArrayList<>();

    ConfigWatchTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        file = Files.writeString(folder.resolve("proxyd.yaml"), "first");
    }

    @AfterEach
    void closeWatches() {
        started.forEach(ConfigWatch::close);
    }

    @Test
    void tellsOfAFileThatIsWrittenInPlace() throws Exception {
        startWatch(NEVER);
        Files.writeString(file, "second");

        assertThat(nextDifferentFrom("first")).isEqualTo("second");
    }

    @Test
    void tellsOfAFileThatReplacesTheOldOne() throws Exception {
        startWatch(NEVER);
        replace("second");
        assertThat(next()).isEqualTo("second");

        replace("third");
        assertThat(next()).isEqualTo("third");
    }

    @Test
    void tellsOfAFileThatComesBackWithAnotherContent() throws Exception {
        startWatch(NEVER);
        Files.delete(file);
        replace("second");

        assertThat(next()).isEqualTo("second");
    }

    @Test
    void tellsOfAFileThatWasNotThereAtFirst() throws Exception {
        Files.delete(file);
        startWatch(NEVER);
        replace("second");

        assertThat(next()).isEqualTo("second");
    }

    /** The way a config map is updated: the link in the middle is swapped, the one to the file stays. */
    @Test
    void tellsOfAFolderThatIsSwappedBehindALink() throws Exception {
        Files.delete(file);
        Path one = Files.createDirectory(folder.resolve("..one"));
        Path two = Files.createDirectory(folder.resolve("..two"));
        Files.writeString(one.resolve("proxyd.yaml"), "first");
        Files.writeString(two.resolve("proxyd.yaml"), "second");
        Path data = Files.createSymbolicLink(folder.resolve("..data"), Path.of("..one"));
        Files.createSymbolicLink(file, Path.of("..data/proxyd.yaml"));

        startWatch(NEVER);
        Path swapped = Files.createSymbolicLink(folder.resolve("..swap"), Path.of("..two"));
        Files.move(swapped, data, StandardCopyOption.ATOMIC_MOVE);

        assertThat(next()).isEqualTo("second");
    }

    @Test
    void tellsOfAFileInAnotherFolderThatALinkPointsTo(@TempDir Path elsewhere) throws Exception {
        Path real = Files.writeString(elsewhere.resolve("real.yaml"), "first");
        Files.delete(file);
        Files.createSymbolicLink(file, real);

        startWatch(NEVER);
        Files.writeString(real, "second");

        assertThat(nextDifferentFrom("first")).isEqualTo("second");
    }

    @Test
    void findsAChangeThatRaisesNoEventWhenItLooksAgain(@TempDir Path elsewhere) throws Exception {
        Path real = Files.writeString(elsewhere.resolve("real.yaml"), "first");
        Path hop = Files.createDirectory(folder.resolve("hop"));
        Path middle = Files.createSymbolicLink(hop.resolve("middle"), real);
        Files.delete(file);
        Files.createSymbolicLink(file, middle);

        startWatch(AT_ONCE);
        Path other = Files.writeString(folder.resolve("hop/other.yaml"), "second");
        Path swap = Files.createSymbolicLink(hop.resolve("swap"), other);
        Files.move(swap, middle, StandardCopyOption.ATOMIC_MOVE);

        assertThat(next()).isEqualTo("second");
    }

    @Test
    void staysSilentWhenTheContentIsTheSame() throws Exception {
        startWatch(AT_ONCE);
        replace("first");
        Files.writeString(folder.resolve("neighbour"), "noise");
        replace("second");
        assertThat(next()).isEqualTo("second");

        replace("second");
        replace("third");
        assertThat(next()).isEqualTo("third");
        closeWatches();
        assertThat(seen).isEmpty();
    }

    @Test
    void goesOnAfterACallThatFails() throws Exception {
        Runnable failing = () -> {
            seen.add(read());
            throw new IllegalStateException("on purpose");
        };
        startWatch(failing, NEVER);
        replace("second");
        assertThat(next()).isEqualTo("second");

        replace("third");
        assertThat(next()).isEqualTo("third");
    }

    @Test
    void callsNothingAfterItWasClosed() throws Exception {
        startWatch(AT_ONCE).close();
        replace("second");

        startWatch(AT_ONCE);
        replace("third");
        assertThat(next()).isEqualTo("third");
        closeWatches();
        assertThat(seen).isEmpty();
    }

    @Test
    void canBeClosedByItsOwnCall() throws Exception {
        CompletableFuture<ConfigWatch> watch = new CompletableFuture<>();
        CountDownLatch hasClosed = new CountDownLatch(1);
        Runnable closing = () -> {
            watch.join().close();
            hasClosed.countDown();
        };
        watch.complete(startWatch(closing, NEVER));
        replace("second");

        assertThat(hasClosed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private ConfigWatch startWatch(Duration recheck) {
        return startWatch(() -> seen.add(read()), recheck);
    }

    private ConfigWatch startWatch(Runnable onChange, Duration recheck) {
        ConfigWatch watch = new ConfigWatch(file, onChange, recheck);
        started.add(watch);
        return watch;
    }

    private void replace(String content) throws IOException {
        Path written = Files.writeString(folder.resolve("proxyd.yaml.tmp"), content);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private String read() {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private String next() throws InterruptedException {
        String content = seen.poll(10, TimeUnit.SECONDS);
        return content == null ? "nothing within 10 seconds" : content;
    }

    /** A file that is written in place is empty for a moment, and may be seen so. */
    private String nextDifferentFrom(String before) throws InterruptedException {
        String content = next();
        return content.isEmpty() || content.equals(before) ? next() : content;
    }
}
