package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    @Test
    void wrongCommandsExitWithTwoAndPointToTheHelp() {
        assertWrong(
                CommandRun.of(),
                "proxyctl: a command is missing: backends, registry, history, drain, enable, weight, proxies, ready, completion");
        assertWrong(CommandRun.of("backend"), "Did you mean: proxyctl backends");
        assertWrong(CommandRun.of("backends", "--servce", "x"), "--servce");
        assertWrong(
                CommandRun.of("backends", "-o", "yaml"),
                "Invalid value for option '--output': expected table or json but was 'yaml'");
        assertWrong(CommandRun.of("history", "--last", "0"), "--last 0: expected at least 1");
        assertWrong(CommandRun.of("backends", "--watch", "0"), "--watch 0: expected at least 1 second");
        assertWrong(
                CommandRun.of("ready", "--admin", "ftp://a:1"),
                "proxyctl: --admin ftp://a:1: expected http://HOST:PORT or unix:/PATH");
        assertWrong(
                CommandRun.of(false, Map.of("PROXYCTL_ADMIN", "somewhere"), "ready"),
                "proxyctl: PROXYCTL_ADMIN=somewhere: expected http://HOST:PORT or unix:/PATH");
    }

    @Test
    void helpAndVersionExitWithZero() {
        for (String[] args : new String[][] {{"--help"}, {"backends", "--help"}, {"--version"}, {"ready", "-V"}}) {
            CommandRun run = CommandRun.of(args);
            assertThat(run.out()).contains("proxyctl").doesNotContain("\u001b");
            assertThat(run.err()).isEmpty();
            assertThat(run.code()).isZero();
        }
    }

    @Test
    void completionIsAScriptThatKnowsTheCommands() {
        CommandRun run = CommandRun.of("completion");
        assertThat(run.out()).startsWith("#!").contains("backends", "registry", "--service", "--admin");
        assertThat(run.code()).isZero();
    }

    @Test
    void addressesAreReadInEveryForm() {
        InetSocketAddress v4 = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901);
        assertThat(AdminAddress.parse("http://127.0.0.1:9901").socket()).isEqualTo(v4);
        assertThat(AdminAddress.parse("127.0.0.1:9901").socket()).isEqualTo(v4);
        assertThat(AdminAddress.parse("http://127.0.0.1:9901/").host()).isEqualTo("127.0.0.1:9901");
        assertThat(AdminAddress.parse("http://[::1]:9901").socket()).hasToString("/[0:0:0:0:0:0:0:1]:9901");
        assertThat(AdminAddress.parse("unix:/run/proxyd/admin.sock").socket())
                .isEqualTo(UnixDomainSocketAddress.of("/run/proxyd/admin.sock"));
        assertThat(AdminAddress.parse("unix:///run/proxyd/admin.sock").socket())
                .isEqualTo(UnixDomainSocketAddress.of("/run/proxyd/admin.sock"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unix:",
                "unix:admin.sock",
                "127.0.0.1",
                "http://127.0.0.1",
                "https://127.0.0.1:9901",
                "http://127.0.0.1:99999",
                "http://127.0.0.1:9901/metrics",
                "http://:9901",
                "a b",
                "mailto:x"
            })
    void otherAddressesAreRefusedWithWhatWasExpected(String text) {
        assertThatThrownBy(() -> AdminAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(text + ": ")
                .hasMessageEndingWith("expected http://HOST:PORT or unix:/PATH");
    }

    private static void assertWrong(CommandRun run, String message) {
        assertThat(run.err()).contains(message).contains("\nTry 'proxyctl").contains(" --help'.\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }
}
