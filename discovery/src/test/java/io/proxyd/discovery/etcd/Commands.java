package io.proxyd.discovery.etcd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs commands of the system that a test needs. */
final class Commands {
    private Commands() {}

    /** @throws IllegalStateException when it is not there or fails; says what it said */
    static void run(String... command) {
        String output;
        int status;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("ETCDCTL_API", "3");
            Process process = builder.start();
            output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            status = process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (status != 0) {
            throw new IllegalStateException(List.of(command) + " ended with " + status + ": " + output);
        }
    }
}
