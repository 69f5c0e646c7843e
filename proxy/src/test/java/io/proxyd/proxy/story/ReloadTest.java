package io.proxyd.proxy.story;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file is changed while requests run. */
class ReloadTest {
    private static final int SOME_ANSWERS = 100;
    private static final String APPLIED = "is applied";
    private static final String REFUSED = "is refused and the former configuration stays";

    private final Path folder;
    private final Path config;
    private final InetSocketAddress first = ProxydProcess.freeAddress();
    private final InetSocketAddress second = ProxydProcess.freeAddress();
    private final InetSocketAddress admin = ProxydProcess.freeAddress();
    private final StoryBackend main = new StoryBackend("main");
    private final StoryBackend shop = new StoryBackend("shop");
    private final ProxydProcess proxyd;

    ReloadTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        this.config = folder.resolve("proxyd.yaml");
        write(listeners(first) + routes("{ path: /, service: main }"));
        proxyd = ProxydProcess.serving(folder, config);
    }

    @BeforeEach
    void awaitFirstBackend() {
        Eventually.until(() -> StoryClient.get(first, "/").status() == 200, proxyd::err);
    }

    @AfterEach
    void endAll() {
        proxyd.close();
        main.close();
        shop.close();
    }

    @Test
    void routesAndListenersComeAndGoWithoutAFailedRequest() throws IOException {
        try (Load load = Load.getsAndPosts(first)) {
            long written = System.nanoTime();
            write(listeners(first) + routes("{ path: /, service: main }, { path: /shop, service: shop }"));
            Eventually.until(() -> servedBy(first, "/shop/cart").equals("shop"), proxyd::err);
            Measured.since("from file to new route", written);
            assertThat(servedBy(first, "/shopping")).isEqualTo("main");

            write(listeners(first, second) + routes("{ path: /, service: main }, { path: /shop, service: shop }"));
            proxyd.awaitLog(APPLIED, 2);
            assertThat(servedBy(second, "/shop")).isEqualTo("shop");

            CompletableFuture<Message> held = StoryClient.getLater(second, StoryBackend.HOLD);
            Eventually.until(() -> main.held() == 1, () -> "no request is held");
            write(listeners(first) + routes("{ path: /, service: main }"));
            proxyd.awaitLog(APPLIED, 3);
            assertThatThrownBy(() -> new StoryClient(second)).isInstanceOf(ConnectException.class);
            Eventually.until(() -> servedBy(first, "/shop/cart").equals("main"), proxyd::err);

            load.awaitAnswers(SOME_ANSWERS);
            main.release();
            assertThat(held.orTimeout(20, TimeUnit.SECONDS).join().body())
                    .isEqualTo(Answers.body("GET", StoryBackend.HOLD, ""));
            load.assertNothingFailed();
        }
    }

    @Test
    void aFileThatCannotBeAppliedIsRefusedWholeAndAMendedOneTakenOver() throws IOException {
        try (Load load = Load.getsAndPosts(first)) {
            write(listeners(first, second) + routes("{ path: /, service: shop }, { path: shop, service: sho }"));
            proxyd.awaitLog("routes[1].service");
            assertThat(proxyd.countLog(REFUSED)).isEqualTo(1);
            assertThat(proxyd.err()).contains("\"sho\" is not a service; did you mean \"shop\"?", "routes[1].path");
            assertThatThrownBy(() -> new StoryClient(second)).isInstanceOf(ConnectException.class);
            assertThat(servedBy(first, "/")).isEqualTo("main");

            InetSocketAddress taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), shop.port());
            write(listeners(first, second, taken) + routes("{ path: /, service: shop }"));
            proxyd.awaitLog("cannot listen on " + ProxydProcess.text(taken));
            assertThat(proxyd.countLog(REFUSED)).isEqualTo(2);
            assertThatThrownBy(() -> new StoryClient(second)).isInstanceOf(ConnectException.class);
            assertThat(servedBy(first, "/")).isEqualTo("main");
            assertThat(shop.requests()).isZero();

            write(listeners(first) + routes("{ path: /, service: shop }"));
            Eventually.until(() -> servedBy(first, "/").equals("shop"), proxyd::err);
            load.awaitAnswers(SOME_ANSWERS);
            load.assertNothingFailed();
        }
        assertThat(StoryClient.get(admin, "/metrics").body())
                .contains("proxyd_config_reloads_total{result=\"applied\"} 1.0")
                .contains("proxyd_config_reloads_total{result=\"refused\"} 2.0");
    }

    @Test
    void sighupLooksAtTheFileAtOnce() throws IOException {
        try (Load load = Load.getsAndPosts(first)) {
            proxyd.signal("HUP");
            proxyd.awaitLog(APPLIED, 1);
            assertThat(servedBy(first, "/")).isEqualTo("main");

            write(listeners(first) + routes("{ path: /, service: shop }"));
            proxyd.signal("HUP");
            proxyd.awaitLog(APPLIED, 2);
            Eventually.until(() -> servedBy(first, "/").equals("shop"), proxyd::err);
            load.awaitAnswers(SOME_ANSWERS);
            load.assertNothingFailed();
        }
    }

    /** Replaces the file the way careful editors do. */
    private void write(String text) throws IOException {
        String all = "admin: { address: \"" + ProxydProcess.text(admin) + "\" }\n"
                + "services:\n"
                + "  main: { backends: [\"127.0.0.1:" + main.port() + "\"], health-check: { path: /healthz } }\n"
                + "  shop: { backends: [\"127.0.0.1:" + shop.port() + "\"], health-check: { path: /healthz } }\n"
                + text;
        Path prepared = Files.writeString(folder.resolve("proxyd.yaml.new"), all);
        Files.move(prepared, config, ATOMIC_MOVE, REPLACE_EXISTING);
    }

    private static String listeners(InetSocketAddress... addresses) {
        StringBuilder lines = new StringBuilder("listeners:\n");
        for (InetSocketAddress address : addresses) {
            lines.append("  - address: ").append(ProxydProcess.text(address)).append('\n');
        }
        return lines.toString();
    }

    private static String routes(String routes) {
        return "routes: [" + routes + "]\n";
    }

    private static String servedBy(InetSocketAddress address, String target) {
        return StoryClient.get(address, target).fields().getOrDefault(Answers.BACKEND, "nobody");
    }
}
