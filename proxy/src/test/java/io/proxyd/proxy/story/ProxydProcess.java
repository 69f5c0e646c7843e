package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.proxy.Proxyd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command {@code proxyd} as a process of its own. */
final class ProxydProcess implements AutoCloseable {
    private static final int END_SECONDS = 30;
    private static final List<String> OPTIONS = List.of(
            "-Xmx128m",
            "-XX:MaxDirectMemorySize=128m",
            "-Dio.netty.leakDetection.level=paranoid",
            "-Dlogback.configurationFile=logback.xml");

    private final Path out;
    private final Path err;
    private final Process process;

    /**
     * @param folder where its two outputs go
     * @param launcher what starts the command that is appended to it
     */
    private ProxydProcess(Path folder, List<String> launcher, List<String> arguments) {
        try {
            out = Files.createTempFile(folder, "proxyd", ".out");
            err = Files.createTempFile(folder, "proxyd", ".err");
            // Under nohup SIGHUP is ignored, by all descendants too.
            List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
            command.addAll(launcher);
            command.addAll(Jvm.command(Proxyd.class, OPTIONS, arguments));
            process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ProxydProcess run(Path folder, String... arguments) {
        return new ProxydProcess(folder, List.of(), List.of(arguments));
    }

    /** Returns once it serves. */
    static ProxydProcess serving(Path folder, Path config) {
        ProxydProcess proxyd = run(folder, "--config", config.toString());
        proxyd.awaitLog("ready: listening on");
        return proxyd;
    }

    /** One that may have only so many files open; returns once it serves. */
    static ProxydProcess servingWithFiles(int files, Path folder, Path config) {
        List<String> launcher = List.of("sh", "-c", "ulimit -n $0; exec \"$@\"", Integer.toString(files));
        ProxydProcess proxyd = new ProxydProcess(folder, launcher, List.of("--config", config.toString()));
        proxyd.awaitLog("ready: listening on");
        return proxyd;
    }

    /** An address of the loopback interface that nobody has. */
    static InetSocketAddress freeAddress() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the configuration takes it. */
    static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** What it has written to its standard output. */
    String out() {
        return read(out);
    }

    /** What it has written to its standard error: its log. */
    String err() {
        return read(err);
    }

    int countLog(String text) {
        return (int) err().lines().filter(line -> line.contains(text)).count();
    }

    void awaitLog(String text) {
        awaitLog(text, 1);
    }

    /** Returns once so many lines of the log hold the text. */
    void awaitLog(String text, int times) {
        Eventually.until(() -> countLog(text) >= times || !process.isAlive(), this::err);
        assertThat(countLog(text)).as("lines with \"%s\" in %s", text, err()).isGreaterThanOrEqualTo(times);
    }

    /** @param name without SIG, such as HUP */
    void signal(String name) {
        Jvm.signal(process, name);
    }

    /** Processor time it has used. */
    Duration cpu() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** Its exit status, once it has ended by itself. */
    int awaitStatus() {
        try {
            assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS))
                    .as("has ended; log: %s", err())
                    .isTrue();
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        assertThat(err()).doesNotContain("LEAK").doesNotContain("\tat ");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
