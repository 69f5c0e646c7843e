package io.proxyd.ctl;

import io.proxyd.process.SystemdNotifier;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The command that a sidekick started: it has the sidekick's input, output and environment. */
final class Child {
    private final Process process;

    private Child(Process process) {
        this.process = process;
    }

    /**
     * @param ended runs once, on another thread, when the command has ended
     * @throws CtlException when it cannot be started
     */
    static Child start(List<String> command, Runnable ended) {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        // It is the sidekick that tells systemd.
        builder.environment().remove(SystemdNotifier.SOCKET_VARIABLE);
        try {
            Process process = builder.start();
            CompletableFuture<Void> ignored = process.onExit().thenRun(ended);
            return new Child(process);
        } catch (IOException e) {
            throw new CtlException("cannot start the command: " + e.getMessage(), e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM, if it still runs. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL, if it still runs; returns its status, which is 128 and the number of the signal if one ended it. */
    int end() throws InterruptedException {
        process.destroyForcibly();
        return process.waitFor();
    }
}
