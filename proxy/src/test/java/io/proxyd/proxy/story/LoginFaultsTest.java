package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.BriskRegistry;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.discovery.etcd.EtcdUsers;
import io.proxyd.discovery.etcd.TcpRelay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Under load, etcd asks for user and password, and its tokens do not last. */
class LoginFaultsTest {
    private static final String AUDITS = "proxyd_registry_audits_total";

    private final List<StoryBackend> living = FaultStory.backends();
    private final StoryBackend leaver = new StoryBackend("leaver");
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final EtcdProcess etcd;
    private final EtcdUsers users;
    private final TcpRelay relay;

    LoginFaultsTest(@TempDir Path folder) throws IOException {
        etcd = EtcdProcess.stopped(folder).with("--auth-token-ttl=2");
        etcd.start();
        users = new EtcdUsers(etcd, folder);
        relay = new TcpRelay(etcd.endpoint());
        logged.start();
        logger().addAppender(logged);
    }

    @BeforeEach
    void register() {
        users.grantAll("/services/");
        users.grantAll("/proxyd/");
        users.enable();
        living.forEach(backend -> etcd.put("/services/web/" + backend.name(), backend.registration()));
    }

    @AfterEach
    void endAll() throws IOException {
        logger().detachAppender(logged);
        living.forEach(StoryBackend::close);
        leaver.close();
        relay.close();
        etcd.close();
    }

    @Test
    void tokensExpireWhileTheWatchStandsAndBeforeTheNextOne() throws InterruptedException {
        // An audit comes later than a token lasts that nobody uses.
        String settings = ", user: proxyd, password-file: " + users.proxyd().passwordFile() + ", audit-interval: 4s";
        try (FaultStory story = FaultStory.begin(
                () -> etcd,
                living,
                List.of(relay.endpoint()),
                settings,
                config -> BriskRegistry.of((RegistryConfig.Etcd) config))) {
            double audits = story.scrape().value(AUDITS);
            Eventually.until(() -> story.scrape().value(AUDITS) > audits, story.proxy()::registryStatus);
            assertThat(story.proxy().registryStatus().connected()).isTrue();
            story.register(leaver);
            assertThat(logged.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));

            relay.cut();
            story.awaitLost(relay.endpoint().toString());
            etcd.delete("/services/web/leaver");
            story.assertServesWhileLost();
            relay.mend();
            story.proxy().awaitStanding("web", "leaver", null);
            Eventually.until(
                    () -> story.proxy().board().status().shared(), story.proxy().board()::status);
            story.endsWell();
        }
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("io.proxyd.discovery");
    }
}
