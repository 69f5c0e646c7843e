package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    @Test
    void wrongCommandsExitWithTwoAndPointToTheHelp() {
        assertWrong(
                CommandRun.of(),
                "proxyctl: a command is missing: backends, registry, history, explain, drain, enable, weight, proxies, ready, announce, completion");
        assertWrong(CommandRun.of("backend"), "Did you mean: proxyctl backends");
        assertWrong(CommandRun.of("backends", "--servce", "x"), "--servce");
        assertWrong(
                CommandRun.of("backends", "-o", "yaml"),
                "Invalid value for option '--output': expected table or json but was 'yaml'");
        String either = "expected either --host (and --path), or a REQUEST-ID";
        assertWrong(CommandRun.of("explain"), either);
        assertWrong(CommandRun.of("explain", "--path", "/"), either);
        assertWrong(CommandRun.of("explain", "8c1f", "--host", "a.example"), either);
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
    void announceNamesWhatIsWrongAndWhatWasExpected() {
        assertWrong(CommandRun.of("announce"), "proxyctl: Missing required option");
        assertWrong(announce("--port", "0"), "proxyctl: port is 0, expected a whole number from 1 to 65535");
        assertWrong(announce("--port", "http"), "Invalid value for option '--port': 'http' is not an int");
        assertWrong(
                announce("--host", "worker-1:80"), "host is \"worker-1:80\", expected a host name or an IP address");
        assertWrong(announce("--service", "a/b"), "service is \"a/b\", expected no / in it");
        assertWrong(announce("--id", "@1"), "backend id is \"@1\", expected 1 to 128 letters");
        assertWrong(announce("--weight", "1001"), "weight is 1001, expected a whole number from 0 to 1000");
        assertWrong(announce("--metadata", "zone"), "--metadata");
        assertWrong(
                announce("--ttl", "10"), "expected a whole number with a unit, such as 500ms, 10s, 5m, but was '10'");
        assertWrong(announce("--ttl", "500ms"), "ttl is 500 ms, expected whole seconds from 1 s to 1 h");
        assertWrong(
                announce("--etcd", "etcd-1:2379"),
                "proxyctl: --etcd etcd-1:2379: expected http://HOST:PORT or https://HOST:PORT");
        assertWrong(announce("--etcd", "http://etcd-1"), "--etcd http://etcd-1: expected http://HOST:PORT");
        assertWrong(announce("--etcd", "http://a:1,https://b:1"), "--etcd mixes http:// and https://");
        assertWrong(announce("--ca", "ca.pem"), "--ca, --cert and --key are for https");
        assertWrong(announce("--user", "u"), "--user and --password-file belong together");
        assertWrong(
                announce("--prefix", "services"), "--prefix services: expected a prefix that starts and ends with /");
        assertWrong(announce("--prefix", "/proxyd/services/"), "overlap, expected that neither starts with the other");
        assertWrong(announce("--check", "127.0.0.1:80"), "--check");
        assertWrong(
                announce("--check", "ftp://a/"),
                "--check ftp://a/: expected a URL such as http://127.0.0.1:8080/healthz");
        assertWrong(
                announce("--check", "http://a:1/", "--check-interval", "1ms"),
                "--check-interval 1ms: expected at least 100ms");
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

    /** With sound options where none is given. */
    private static CommandRun announce(String... options) {
        List<String> arguments = new ArrayList<>(List.of("announce"));
        arguments.addAll(List.of(options));
        Map<String, String> sound = Map.of(
                "--etcd", "http://127.0.0.1:1", "--service", "web", "--id", "1", "--host", "worker-1", "--port", "80");
        sound.forEach((option, value) -> {
            if (!arguments.contains(option)) {
                arguments.addAll(List.of(option, value));
            }
        });
        return CommandRun.of(arguments.toArray(String[]::new));
    }

    private static void assertWrong(CommandRun run, String message) {
        assertThat(run.err()).contains(message).contains("\nTry 'proxyctl").contains(" --help'.\n");
        assertThat(run.out()).isEmpty();
        assertThat(run.code()).isEqualTo(2);
    }
}
