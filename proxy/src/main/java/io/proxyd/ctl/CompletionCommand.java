package io.proxyd.ctl;

import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code proxyctl completion}. */
@Command(
        name = "completion",
        description = "Prints a completion script for bash and zsh: source <(proxyctl completion)")
final class CompletionCommand implements Runnable {
    private final Terminal terminal;

    @Spec
    private @Nullable CommandSpec spec;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        if (spec != null) {
            terminal.print(AutoComplete.bash("proxyctl", spec.root().commandLine()));
        }
    }
}
