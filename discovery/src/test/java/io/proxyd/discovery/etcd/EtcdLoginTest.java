package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RegistryConfig.Login;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Intents;
import io.proxyd.discovery.Placed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** An etcd that asks for user and password, or begins or ceases to. */
class EtcdLoginTest {
    private static final String TOKEN_SECONDS = "2";

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private EtcdProcess etcd;
    private TcpRelay relay;
    private EtcdUsers users;
    private Login proxyd;

    @BeforeEach
    void startEtcd(@TempDir Path folder) throws IOException {
        etcd = EtcdProcess.stopped(folder).with("--auth-token-ttl=" + TOKEN_SECONDS);
        etcd.start();
        relay = new TcpRelay(etcd.endpoint());
        users = new EtcdUsers(etcd, folder);
        proxyd = users.proxyd();
        users.grantReading("/services/");
        put("web/1", 8001);
        logged.start();
        ((Logger) LoggerFactory.getLogger("io.proxyd.discovery")).addAppender(logged);
    }

    @AfterEach
    void stopEtcd() throws IOException {
        ((Logger) LoggerFactory.getLogger("io.proxyd.discovery")).detachAppender(logged);
        relay.close();
        etcd.close();
    }

    @Test
    void followsWithUserAndPasswordThroughTokensThatExpire() {
        users.enable();
        // Each audit comes later than a token lasts that nobody uses.
        WatchTiming seldom = WatchTiming.DEFAULT.auditing(Duration.ofSeconds(4));
        try (LiveRegistry registry = new LiveRegistry(config(Optional.of(proxyd)), seldom, Catalog.EMPTY)) {
            registry.catalogs.awaitBackends("web/1=h:8001");
            registry.awaitConnected();
            Eventually.until(() -> registry.status().upkeep().audits() > 0, registry::status);
            put("web/2", 8002);
            registry.catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
            assertThat(registry.status().connected()).isTrue();
            assertThat(logged.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));

            relay.cut();
            registry.awaitDisconnected();
            put("web/3", 8003);
            relay.mend();
            registry.catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002", "web/3=h:8003");
            assertThat(errors()).isEmpty();
        }
    }

    @Test
    void followsAnEtcdThatBeginsAndCeasesToAskForALogin() {
        try (LiveRegistry registry = new LiveRegistry(config(Optional.of(proxyd)))) {
            registry.catalogs.awaitBackends("web/1=h:8001");
            registry.awaitConnected();
            users.enable();
            put("web/2", 8002);
            registry.catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
            reconnect(registry);
            put("web/3", 8003);
            registry.catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002", "web/3=h:8003");
            users.disable();
            reconnect(registry);
            etcd.delete("/services/web/1");
            registry.catalogs.awaitBackends("web/2=h:8002", "web/3=h:8003");
            assertThat(errors()).isEmpty();
        }
    }

    @Test
    void tellsLostRightsOnceAndKeepsTheCatalogUntilTheyReturn() {
        users.enable();
        try (LiveRegistry registry = new LiveRegistry(config(Optional.of(proxyd)))) {
            registry.catalogs.awaitBackends("web/1=h:8001");
            registry.awaitConnected();
            users.revoke("/services/");
            relay.cut();
            registry.awaitDisconnected();
            relay.mend();
            registry.awaitError("etcdserver: permission denied");
            put("web/2", 8002);
            assertThat(CatalogProbe.backends(registry.catalogs.newest())).containsExactly("web/1=h:8001");
            users.grantReading("/services/");
            registry.catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
            registry.awaitConnected();
            assertThat(errors()).singleElement().satisfies(text -> assertThat(text)
                    .contains("access is denied", "permission denied"));
        }
    }

    @Test
    void tellsAWrongPasswordAndHealsOnceTheFileIsRight() throws IOException {
        users.enable();
        Files.writeString(proxyd.passwordFile(), "wrong\n");
        try (LiveRegistry registry = new LiveRegistry(config(Optional.of(proxyd)))) {
            registry.awaitError("login of proxyd failed: ");
            registry.awaitError("etcdserver: authentication failed");
            Files.delete(proxyd.passwordFile());
            registry.awaitError("registry.etcd.password-file " + proxyd.passwordFile()
                    + " does not exist, expected a password in its first line");
            Files.writeString(proxyd.passwordFile(), "\n");
            registry.awaitError(" is empty, expected a password in its first line");
            Files.writeString(proxyd.passwordFile(), "word\nand a remark\n");
            registry.catalogs.awaitBackends("web/1=h:8001");
            assertThat(errors()).hasSize(1);
        }
    }

    @Test
    void tellsThatAnEtcdAsksForALoginWhereNoneIsConfigured() {
        users.enable();
        try (LiveRegistry registry = new LiveRegistry(config(Optional.empty()))) {
            registry.awaitError("etcdserver: user name is empty");
            assertThat(errors()).hasSize(1);
            users.disable();
            registry.catalogs.awaitBackends("web/1=h:8001");
        }
    }

    private void reconnect(LiveRegistry registry) {
        relay.cut();
        registry.awaitDisconnected();
        relay.mend();
        registry.awaitConnected();
    }

    private List<String> errors() {
        return logged.list.stream()
                .filter(event -> event.getLevel() == Level.ERROR)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void intentsStayWithTheProxyThatMayNotWrite() {
        users.enable();
        AtomicReference<Intents> intents = new AtomicReference<>(Intents.NONE);
        try (EtcdIntents board =
                new EtcdIntents(config(Optional.of(proxyd)), "reader-1", Map.of(), InstantSource.system())) {
            board.watch(intents::set, sent -> {});
            Intent drain = new Intent(
                    "web", "1", true, Optional.empty(), Instant.now().plusSeconds(60), "root@commander", "new disk");
            Placed placed = board.put(drain)
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            assertThat(placed.shared()).isFalse();
            assertThat(placed.why()).contains("permission denied");
            assertThat(intents).hasValueMatching(known -> known.drains().equals(Map.of("web/1", drain)));
            Eventually.until(() -> board.status().why().contains("permission denied"), board::status);
            assertThat(board.status().shared()).isFalse();
            board.remove("web", "1")
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            assertThat(intents).hasValueMatching(known -> known.drains().isEmpty());
        }
    }

    @Test
    void aUserThatMayWriteSharesIntentsThroughTokensThatExpire() {
        users.enable();
        AtomicInteger canaries = new AtomicInteger();
        try (EtcdIntents board =
                new EtcdIntents(config(Optional.of(users.root())), "writer-1", Map.of(), InstantSource.system())) {
            board.watch(changed -> {}, sent -> canaries.incrementAndGet());
            // They are sent 3 s apart, and a token lasts 2 s.
            Eventually.until(() -> canaries.get() >= 3, board::status);
            Intent drain =
                    new Intent("web", "1", true, Optional.empty(), Instant.now().plusSeconds(60), "a", "b");
            Placed placed = board.put(drain)
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
            assertThat(placed.shared()).isTrue();
            assertThat(board.status().shared()).isTrue();
            assertThat(logged.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));
        }
    }

    private RegistryConfig.Etcd config(Optional<Login> login) {
        RegistryConfig.Etcd plain = RegistryConfig.Etcd.plain(List.of(relay.endpoint()), "/services/");
        return new RegistryConfig.Etcd(
                plain.endpoints(), plain.prefix(), plain.controlPrefix(), plain.auditInterval(), plain.tls(), login);
    }

    private void put(String key, int port) {
        etcd.put("/services/" + key, "{\"host\":\"h\",\"port\":" + port + "}");
    }
}
