package io.proxyd.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.AccessLogConfig.Format;
import io.proxyd.config.AccessLogConfig.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessLogTest {
    private final Path folder;

    AccessLogTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void writesEverythingBeforeCloseReturns() throws IOException {
        Path file = folder.resolve("access.log");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            for (int i = 0; i < 10_000; i++) {
                log.record(Records.answered());
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(10_000);
    }

    @Test
    void linesAppearWithoutCloseOnceNothingMoreComes() {
        Path file = folder.resolve("access.log");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            for (int i = 1; i <= 3; i++) {
                log.record(Records.answered());
                int expected = i;
                await(() -> lines(file) == expected);
            }
        }
    }

    @Test
    void appendsToAnExistingFile() throws IOException {
        Path file = folder.resolve("access.log");
        Files.writeString(file, "before\n");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            log.record(Records.answered());
        }
        assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo("before");
    }

    @Test
    void everyEventLoopMayRecordAtOnce() throws Exception {
        Path file = folder.resolve("access.log");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            List<Thread> loops = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread loop = new Thread(() -> {
                    for (int n = 0; n < 1000; n++) {
                        log.record(Records.answered());
                    }
                });
                loops.add(loop);
                loop.start();
            }
            for (Thread loop : loops) {
                loop.join();
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(4000).allMatch(line -> line.endsWith("request_id=\"8c1f\""));
    }

    @Test
    void writesToStandardOutputWithoutClosingIt() {
        Stdout stdout = new Stdout();
        try (AccessLog log = AccessLog.open(new AccessLogConfig(new Output.Stdout(), Format.JSON), stdout)) {
            log.record(Records.answered());
        }
        assertThat(stdout.bytes.toString(StandardCharsets.UTF_8))
                .startsWith("{\"time\":")
                .endsWith("}\n");
        assertThat(stdout.closed).isFalse();
    }

    @Test
    void isNotEnabledWhenOff() {
        AccessLogConfig off = new AccessLogConfig(new Output.Off(), Format.COMBINED);
        try (AccessLog log = AccessLog.open(off, OutputStream.nullOutputStream())) {
            assertThat(log.enabled()).isFalse();
            log.configure(toFile(folder.resolve("access.log")));
            assertThat(log.enabled()).isTrue();
            log.configure(off);
            assertThat(log.enabled()).isFalse();
        }
    }

    @Test
    void reopensAfterTheFileWasMovedAway() throws IOException {
        Path file = folder.resolve("access.log");
        Path rotated = folder.resolve("access.log.1");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            log.record(Records.answered());
            await(() -> lines(file) == 1);
            Files.move(file, rotated);
            log.record(Records.answered());
            await(() -> lines(rotated) == 2);
            log.reopen();
            await(() -> Files.exists(file));
            await(() -> {
                log.record(Records.answered());
                return lines(file) > 0;
            });
        }
        assertThat(Files.readAllLines(rotated)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void changesFormatAndPlaceWhileRunning() throws IOException {
        Path combined = folder.resolve("access.log");
        Path json = folder.resolve("access.json");
        try (AccessLog log = AccessLog.open(toFile(combined), OutputStream.nullOutputStream())) {
            log.record(Records.answered());
            await(() -> lines(combined) == 1);
            log.configure(new AccessLogConfig(new Output.File(json), Format.JSON));
            await(() -> {
                log.record(Records.answered());
                return lines(json) > 0;
            });
        }
        assertThat(Files.readAllLines(json)).allMatch(line -> line.startsWith("{"));
        assertThat(Files.readAllLines(combined)).noneMatch(line -> line.startsWith("{"));
    }

    @Test
    void aFileThatCannotBeOpenedIsNamedAndTheOldOneStays() throws IOException {
        Path file = folder.resolve("access.log");
        Path missing = folder.resolve("none").resolve("access.log");
        try (AccessLog log = AccessLog.open(toFile(file), OutputStream.nullOutputStream())) {
            assertThatThrownBy(() -> log.configure(toFile(missing)))
                    .isInstanceOf(AccessLogException.class)
                    .hasMessage("access log " + missing + " cannot be opened: the folder " + missing.getParent()
                            + " does not exist");
            assertThatThrownBy(() -> log.configure(toFile(folder)))
                    .isInstanceOf(AccessLogException.class)
                    .hasMessage("access log " + folder + " cannot be opened: Is a directory");
            log.record(Records.answered());
        }
        assertThat(Files.readAllLines(file)).hasSize(1);
    }

    @Test
    void dropsAndCountsWhenTheOutputTakesNothing() {
        Stdout stdout = new Stdout();
        stdout.open = new CountDownLatch(1);
        AccessLog log = AccessLog.open(new AccessLogConfig(new Output.Stdout(), Format.COMBINED), stdout);
        log.record(Records.answered());
        await(() -> stdout.writing);
        for (int i = 0; i < AccessLog.QUEUE_CAPACITY + 5; i++) {
            log.record(Records.answered());
        }
        assertThat(log.dropped()).isEqualTo(5);
        stdout.open.countDown();
        log.close();
        assertThat(stdout.bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(AccessLog.QUEUE_CAPACITY + 1);
    }

    @Test
    void countsWhatCouldNotBeWrittenAndGoesOn() {
        Stdout stdout = new Stdout();
        stdout.full = true;
        try (AccessLog log = AccessLog.open(new AccessLogConfig(new Output.Stdout(), Format.COMBINED), stdout)) {
            log.record(Records.answered());
            await(() -> log.dropped() == 1);
            stdout.full = false;
            log.record(Records.answered());
        }
        assertThat(stdout.bytes.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    }

    private static AccessLogConfig toFile(Path file) {
        return new AccessLogConfig(new Output.File(file), Format.COMBINED);
    }

    private static long lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file).size() : 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** A standard output that can be full, blocked and closed. */
    private static final class Stdout extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private volatile CountDownLatch open = new CountDownLatch(0);
        private volatile boolean writing;
        private volatile boolean full;
        private volatile boolean closed;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] b, int offset, int length) throws IOException {
            writing = true;
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (full) {
                throw new IOException("No space left on device");
            }
            bytes.write(b, offset, length);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
