package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command says and ends with when it does not serve. */
class CommandTest {
    private static final String BROKEN =
            """
            listeners:
              - address: 80
            services:
              web:
                helth-check: { path: /healthz }
                timeouts: { connect: 1 second }
                retries: { body: 64KB }
            routes:
              - service: wep
              - { host: "shop.example.org:80", service: web }
            """;
    private static final String[] PROBLEMS = {
        ":2: listeners[0].address: \"80\" is only a port",
        ":5: services.web.helth-check: unknown key \"helth-check\"; did you mean \"health-check\"?",
        ":6: services.web.timeouts.connect: \"1 second\" is not a duration",
        ":7: services.web.retries.body: \"64KB\" is not a size",
        ":9: routes[0].service: \"wep\" is not a service; did you mean \"web\"?",
        ":10: routes[1].host: \"shop.example.org:80\" has a port"
    };

    private final Path folder;
    private final Path config;

    CommandTest(@TempDir Path folder) {
        this.folder = folder;
        this.config = folder.resolve("proxyd.yaml");
    }

    @Test
    void aBrokenConfigurationEndsTheStartWithAllItsProblems() throws IOException {
        Files.writeString(config, BROKEN);
        try (ProxydProcess proxyd = ProxydProcess.run(folder, "--config", config.toString())) {
            assertThat(proxyd.awaitStatus()).isEqualTo(2);
            assertThat(proxyd.err()).contains(PROBLEMS);
            assertThat(proxyd.err().lines()).hasSize(PROBLEMS.length).allMatch(line -> line.startsWith(config + ":"));
            assertThat(proxyd.out()).isEmpty();
        }
    }

    @Test
    void checkTellsProblemsAndStartsNothing() throws IOException {
        Files.writeString(config, BROKEN);
        try (ProxydProcess proxyd = ProxydProcess.run(folder, "check", "--config", config.toString())) {
            assertThat(proxyd.awaitStatus()).isEqualTo(2);
            assertThat(proxyd.err()).contains(PROBLEMS);
            assertThat(proxyd.out()).isEmpty();
        }
    }

    @Test
    void checkPassesAGoodConfiguration() throws IOException {
        Files.writeString(config, "listeners: [{ address: \"127.0.0.1:0\" }]");
        try (ProxydProcess proxyd = ProxydProcess.run(folder, "check", "--config", config.toString())) {
            assertThat(proxyd.awaitStatus()).isZero();
            assertThat(proxyd.out()).isEqualTo(config + ": ok, 1 listeners, 0 services, 0 routes\n");
            assertThat(proxyd.err()).isEmpty();
        }
    }

    @Test
    void aMissingFileIsAProblemLikeAnyOther() {
        try (ProxydProcess proxyd = ProxydProcess.run(folder, "--config", config.toString())) {
            assertThat(proxyd.awaitStatus()).isEqualTo(2);
            assertThat(proxyd.err().lines()).singleElement().asString().contains(config.toString(), "no such file");
        }
    }

    @Test
    void aTakenAddressIsOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(
                    config,
                    """
                    listeners: [{ address: "127.0.0.1:%d" }]
                    admin: { address: "%s" }
                    """
                            .formatted(taken.getLocalPort(), ProxydProcess.text(ProxydProcess.freeAddress())));
            try (ProxydProcess proxyd = ProxydProcess.run(folder, "--config", config.toString())) {
                assertThat(proxyd.awaitStatus()).isEqualTo(1);
                assertThat(proxyd.err().lines())
                        .singleElement()
                        .asString()
                        .contains("cannot start", "127.0.0.1:" + taken.getLocalPort(), "in use");
            }
        }
    }
}
