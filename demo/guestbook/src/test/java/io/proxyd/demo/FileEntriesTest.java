package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileEntriesTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private final Path folder;

    FileEntriesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void showsTheNewestFirst() throws IOException {
        FileEntries entries = new FileEntries(folder.resolve("book"));

        entries.add(entry("first"));
        entries.add(entry("second"));

        assertThat(entries.newest()).containsExactly(entry("second"), entry("first"));
    }

    @Test
    void showsWhatAnotherObjectWroteToTheSameFile() throws IOException {
        Path file = folder.resolve("book");
        FileEntries reader = new FileEntries(file);
        FileEntries writer = new FileEntries(file);
        assertThat(reader.newest()).isEmpty();

        writer.add(entry("from the other"));

        assertThat(reader.newest()).containsExactly(entry("from the other"));
    }

    @Test
    void losesNoEntryOfManyThreads() throws Exception {
        FileEntries entries = new FileEntries(folder.resolve("book"));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Callable<Boolean>> writers = IntStream.range(0, 80)
                .<Callable<Boolean>>mapToObj(i -> () -> {
                    entries.add(entry("message " + i));
                    return true;
                })
                .toList();

        for (Future<Boolean> written : threads.invokeAll(writers)) {
            assertThat(written.get()).isTrue();
        }
        threads.shutdown();

        assertThat(entries.newest()).hasSize(80).doesNotHaveDuplicates();
    }

    @Test
    void keepsOnlyTheNewest() throws IOException {
        FileEntries entries = new FileEntries(folder.resolve("book"));

        for (int i = 0; i < Entries.KEPT + 5; i++) {
            entries.add(entry("message " + i));
        }

        assertThat(entries.newest())
                .hasSize(Entries.KEPT)
                .startsWith(entry("message " + (Entries.KEPT + 4)))
                .endsWith(entry("message 5"));
    }

    @Test
    void cutsAFileDownThatOutgrewItsBound() throws IOException {
        Path file = folder.resolve("book");
        FileEntries entries = new FileEntries(file);
        entries.add(entry("old"));
        Files.writeString(file, "x".repeat(FileEntries.MAX_FILE_BYTES - 200), StandardOpenOption.APPEND);
        entries.add(entry("before"));
        Files.writeString(file, "x".repeat(200), StandardOpenOption.APPEND);

        entries.add(entry("after"));

        assertThat(entries.newest()).startsWith(entry("after"), entry("before"));
        assertThat(Files.size(file)).isLessThan(1000);
    }

    @Test
    void startsANewLineAfterOneThatWasCutShort() throws IOException {
        Path file = folder.resolve("book");
        Files.writeString(file, EntryLine.write(entry("whole")) + "2026-01-02T03:04:05Z\tcut sh");

        FileEntries entries = new FileEntries(file);
        entries.add(entry("next"));

        assertThat(entries.newest()).containsExactly(entry("next"), entry("whole"));
    }

    private static Entry entry(String message) {
        return new Entry(AT, "Ada", message);
    }
}
