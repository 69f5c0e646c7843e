package io.proxyd.proxy.story;

import io.proxyd.discovery.Eventually;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link FaultyServer} in a process of its own, on the same port whenever it runs. */
final class FaultyProcess implements AutoCloseable {
    private final String name;
    private final String host;
    private final List<String> launcher;
    private final Path executed;
    private int port;
    private Process process;
    private BufferedReader out;
    private BufferedWriter in;

    /**
     * Starts it and returns once it listens.
     *
     * @param host its address
     * @param launcher what starts the command that is appended to it
     * @param folder for the file of what it executes
     */
    FaultyProcess(String name, String host, List<String> launcher, Path folder) {
        this.name = name;
        this.host = host;
        this.launcher = launcher;
        this.executed = folder.resolve(name + ".executed");
        this.process = launch();
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        this.port = Integer.parseInt(line());
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    String registration() {
        return "{\"host\": \"" + host + "\", \"port\": " + port + "}";
    }

    /** The targets of the POSTs it has executed, in all its lives. */
    List<String> executed() {
        try {
            return Files.readAllLines(executed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void misbehave(Misbehaviour fault) {
        try {
            in.write(fault + "\n");
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        line();
    }

    /** SIGKILL; returns once it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; returns once it is gone. */
    void stop() {
        process.destroy();
        awaitEnd();
    }

    void freeze() {
        Jvm.signal(process, "STOP");
    }

    void thaw() {
        Jvm.signal(process, "CONT");
    }

    /** Starts it again and returns once it listens. */
    void start() {
        process = launch();
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.UTF_8);
        port = Integer.parseInt(line());
    }

    private Process launch() {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(Jvm.command(
                FaultyServer.class,
                List.of("-Xmx64m"),
                List.of(name, host, String.valueOf(port), executed.toString())));
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String line() {
        try {
            String line = out.readLine();
            if (line == null) {
                throw new IllegalStateException(name + " ended by itself");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitEnd() {
        Process ended = process;
        Eventually.until(() -> !ended.isAlive(), () -> name + " still runs as " + ended.pid());
    }

    @Override
    public void close() {
        kill();
    }
}
