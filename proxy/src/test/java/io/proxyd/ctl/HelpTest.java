package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Proxyd;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** No command, option or parameter without a word on what it is. */
class HelpTest {
    @Test
    void everythingIsDescribed() {
        List<String> missing = new ArrayList<>();
        look(
                ProxyCtl.commandLine(
                        new Terminal(
                                new PrintWriter(Writer.nullWriter()),
                                new PrintWriter(Writer.nullWriter()),
                                false,
                                Map.of()),
                        millis -> {}),
                missing);
        look(Proxyd.commandLine(), missing);
        assertThat(missing).isEmpty();
    }

    private static void look(CommandLine command, List<String> missing) {
        CommandLine.Model.CommandSpec spec = command.getCommandSpec();
        if (spec.usageMessage().description().length == 0) {
            missing.add(spec.qualifiedName());
        }
        if (spec.usageMessage().exitCodeList().isEmpty()) {
            missing.add("exit status of " + spec.qualifiedName());
        }
        spec.args().stream()
                .filter(argument -> argument.description().length == 0 && !argument.hidden())
                .forEach(argument -> missing.add(spec.qualifiedName() + " " + argument));
        command.getSubcommands().values().forEach(subcommand -> look(subcommand, missing));
    }
}
