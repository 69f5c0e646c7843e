package io.proxyd.demo.mongodb;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A database in a process of its own, on a free port. */
public final class RunningDatabase implements AutoCloseable {
    private static final Pattern LISTENING = Pattern.compile("mongodb answers on 127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final int port;

    private RunningDatabase(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Returns when it accepts connections. */
    public static RunningDatabase start(Path data) throws IOException {
        Process process = process(data);
        BufferedReader lines = process.inputReader();
        String line = lines.readLine();
        while (line != null) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()) {
                return new RunningDatabase(process, Integer.parseInt(listening.group(1)));
            }
            line = lines.readLine();
        }
        throw new IOException("the database ended: " + process.toHandle().info());
    }

    static Process process(Path data) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlogback.configurationFile=logback-mongodb.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Mongodb.class.getName(),
                        "--port=0",
                        "--data=" + data))
                .redirectErrorStream(true)
                .start();
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return port;
    }

    String uri() {
        return "mongodb://127.0.0.1:" + port
                + "/?serverSelectionTimeoutMS=2000&connectTimeoutMS=2000&socketTimeoutMS=5000" + "&retryWrites=false";
    }

    /** By SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Sends a signal that no method of Java sends, such as STOP. */
    public void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        kill();
        process.onExit().join();
    }
}
