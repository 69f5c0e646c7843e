package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.ctl.ProxyCtl;
import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code proxyctl} as a process of its own. */
final class AnnounceProcess implements AutoCloseable {
    private static final int END_SECONDS = 30;

    private final Path out;
    private final Path err;
    private final Process process;

    AnnounceProcess(Path folder, List<String> options, List<String> arguments) {
        try {
            out = Files.createTempFile(folder, "proxyctl", ".out");
            err = Files.createTempFile(folder, "proxyctl", ".err");
            List<String> jvm = new ArrayList<>(List.of("-Xmx64m", "-Dlogback.configurationFile=logback.xml"));
            jvm.addAll(options);
            // In the background of a shell SIGINT is ignored, by all descendants too.
            List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
            command.addAll(Jvm.command(ProxyCtl.class, jvm, arguments));
            process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    void awaitOut(String text) {
        Eventually.until(() -> out().contains(text), this::said);
    }

    void awaitErr(String text) {
        Eventually.until(() -> err().contains(text), this::said);
    }

    /** @param name without SIG, such as TERM */
    void signal(String name) {
        Jvm.signal(process, name);
    }

    /** SIGKILL to what it started. */
    void killCommand() {
        assertThat(process.children().filter(ProcessHandle::destroyForcibly)).hasSize(1);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int awaitStatus() throws InterruptedException {
        assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS))
                .as(this::said)
                .isTrue();
        return process.exitValue();
    }

    /** Kills it with the command it started. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private String said() {
        return "out: " + out() + "\nerr: " + err();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
