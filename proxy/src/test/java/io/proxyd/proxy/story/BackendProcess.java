package io.proxyd.proxy.story;

import io.proxyd.discovery.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link StoryBackend} in a process of its own, so that it can be killed with all its connections. */
final class BackendProcess implements AutoCloseable {
    private static final int ANSWER_MILLIS = 5;

    private final String name;
    private final int port;
    private @Nullable Process process;

    /** Starts on a free port and returns once it listens. */
    BackendProcess(String name) {
        this.name = name;
        this.port = start(0);
    }

    /** Serves until its standard input ends, so that it does not outlive whoever started it. */
    public static void main(String[] args) throws IOException {
        try (StoryBackend backend = new StoryBackend(args[0], Integer.parseInt(args[1]), ANSWER_MILLIS)) {
            System.out.println(backend.port());
            System.in.readAllBytes();
        }
    }

    String name() {
        return name;
    }

    String registration() {
        return "{\"host\": \"127.0.0.1\", \"port\": " + port + "}";
    }

    /** SIGKILL; returns once it is gone. */
    void kill() {
        Process running = process;
        process = null;
        if (running != null) {
            running.destroyForcibly();
            Eventually.until(() -> !running.isAlive(), () -> name + " still runs as " + running.pid());
        }
    }

    /** Starts again on the port it had. */
    void restart() {
        start(port);
    }

    @Override
    public void close() {
        kill();
    }

    private int start(int wantedPort) {
        try {
            Process started = new ProcessBuilder(Jvm.command(
                            BackendProcess.class, List.of("-Xmx64m"), List.of(name, String.valueOf(wantedPort))))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process = started;
            BufferedReader out = started.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            if (line == null) {
                throw new IllegalStateException(name + " ended before it listened");
            }
            return Integer.parseInt(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
