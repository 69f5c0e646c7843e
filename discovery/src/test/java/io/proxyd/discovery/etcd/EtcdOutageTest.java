package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.RegistryStatus;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registry does while its etcd is away, silent, or comes back as another one. */
class EtcdOutageTest {
    private static final WatchTiming BRISK = new WatchTiming(
            Duration.ofSeconds(2),
            Duration.ofMillis(300),
            Duration.ofMillis(20),
            Duration.ofMillis(300),
            Duration.ofMinutes(1),
            Duration.ofMillis(300));
    private static final Pattern OWN_THREADS =
            Pattern.compile("proxyd-registry-etcd|jetcd.*|grpc-.*|vert\\.x.*|.*vertx.*");

    private final CatalogProbe catalogs = new CatalogProbe();
    private EtcdProcess etcd;
    private EtcdRegistry registry;

    @BeforeEach
    void newEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.stopped(folder);
        registry = registryAt(List.of(etcd.endpoint()));
    }

    @AfterEach
    void closeAll() {
        registry.close();
        etcd.close();
    }

    @Test
    void waitsForAnEtcdThatIsAbsentAtStartAndSaysWhy() {
        registry.watch(catalogs);
        awaitError("Connection refused");
        assertThat(registry.status().confirmed()).isNull();
        assertThat(catalogs.delivered()).isEmpty();
        etcd.start();
        put("web/1", 8001);
        catalogs.awaitBackends("web/1=h:8001");
        awaitConnected();
    }

    @Test
    void takesSeveralEndpointsOfWhichOneAnswers() {
        etcd.start();
        put("web/1", 8001);
        List<URI> endpoints = List.of(URI.create("http://[::1]:1"), etcd.endpoint(), URI.create("http://127.0.0.1:1"));
        try (EtcdRegistry several = registryAt(endpoints)) {
            several.watch(catalogs);
            catalogs.awaitBackends("web/1=h:8001");
        }
    }

    @Test
    void getsPastAMemberThatAnswersNothing() throws IOException {
        etcd.start();
        put("web/1", 8001);
        try (DeafMember deaf = new DeafMember();
                DeafMember other = new DeafMember();
                EtcdRegistry several = registryAt(List.of(deaf.endpoint(), other.endpoint(), etcd.endpoint()))) {
            several.watch(catalogs);
            catalogs.awaitBackends("web/1=h:8001");
        }
    }

    @Test
    void saysWhichEndpointHasNoAddress() {
        try (EtcdRegistry unknown = registryAt(List.of(URI.create("http://no-such-host.invalid:2379")))) {
            unknown.watch(catalogs);
            Eventually.until(
                    () -> String.valueOf(unknown.status().error()).contains("unresolved address"), unknown::status);
            assertThat(unknown.status().error()).startsWith("etcd http://no-such-host.invalid:2379: ");
        }
    }

    @Test
    void reachesAnIpv6Literal() {
        try (EtcdRegistry literal = registryAt(List.of(URI.create("http://[::1]:1")))) {
            literal.watch(catalogs);
            Eventually.until(
                    () -> String.valueOf(literal.status().error()).contains("Connection refused"), literal::status);
        }
    }

    @Test
    void keepsTheCatalogWhileEtcdIsKilledAndFollowsItOnceItIsBack() {
        etcd.start();
        put("web/1", 8001);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001");
        awaitConnected();
        etcd.kill();
        awaitError("Connection refused");
        assertThat(catalogs.delivered()).hasSize(1);
        etcd.start();
        put("web/2", 8002);
        catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
        awaitConnected();
        etcd.delete("/services/web/1");
        catalogs.awaitBackends("web/2=h:8002");
    }

    @Test
    void seesWhatChangedWhileItWasCutOff() throws IOException {
        etcd.start();
        put("web/1", 8001);
        try (TcpRelay relay = new TcpRelay(etcd.endpoint())) {
            watchThrough(relay);
            catalogs.awaitBackends("web/1=h:8001");
            relay.cut();
            awaitDisconnected();
            etcd.delete("/services/web/1");
            put("web/2", 8002);
            relay.mend();
            catalogs.awaitBackends("web/2=h:8002");
            assertThat(catalogs.delivered()).hasSize(2);
        }
    }

    @Test
    void listsAgainWhenItsRevisionWasCompactedWhileItWasCutOff() throws IOException {
        etcd.start();
        put("web/1", 8001);
        put("web/2", 8002);
        try (TcpRelay relay = new TcpRelay(etcd.endpoint())) {
            watchThrough(relay);
            catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
            relay.cut();
            awaitDisconnected();
            etcd.delete("/services/web/1");
            put("web/3", 8003);
            etcd.compact();
            relay.mend();
            catalogs.awaitBackends("web/2=h:8002", "web/3=h:8003");
            awaitConnected();
            put("web/4", 8004);
            catalogs.awaitBackends("web/2=h:8002", "web/3=h:8003", "web/4=h:8004");
        }
    }

    /** Such a deletion is never told by a watch of etcd 3.4 or an early 3.5 (etcd#18089). */
    @Test
    void findsADeletionAtTheVeryRevisionOfACompactionWhileItWasCutOff() throws IOException {
        etcd.start();
        put("web/1", 8001);
        put("web/2", 8002);
        try (TcpRelay relay = new TcpRelay(etcd.endpoint())) {
            watchThrough(relay);
            catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
            relay.cut();
            awaitDisconnected();
            etcd.delete("/services/web/1");
            etcd.compact();
            relay.mend();
            catalogs.awaitBackends("web/2=h:8002");
        }
    }

    @Test
    void noticesAnEtcdThatKeepsItsConnectionButFallsSilent() {
        etcd.start();
        put("web/1", 8001);
        registry.watch(catalogs);
        awaitConnected();
        etcd.pause();
        awaitDisconnected();
        assertThat(registry.status().error()).containsAnyOf("the watch was silent for 0.9 s", "no answer within 2.0 s");
        assertThat(catalogs.delivered()).hasSize(1);
        etcd.resume();
        awaitConnected();
        put("web/2", 8002);
        catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
    }

    @Test
    void takesTheListOfARebuiltEtcdWhoseRevisionIsBehind() {
        etcd.start();
        put("web/1", 8001);
        put("web/2", 8002);
        registry.watch(catalogs);
        catalogs.awaitBackends("web/1=h:8001", "web/2=h:8002");
        awaitConnected();
        etcd.wipe();
        awaitDisconnected();
        etcd.start();
        put("web/9", 9009);
        catalogs.awaitBackends("web/9=h:9009");
        put("web/1", 8001);
        catalogs.awaitBackends("web/1=h:8001", "web/9=h:9009");
    }

    @Test
    void staysConnectedWhileNothingHappens() {
        etcd.start();
        registry.watch(catalogs);
        awaitConnected();
        RegistryStatus first = registry.status();
        // Each progress answer confirms the view again: ten periods pass without a new list or watch.
        Eventually.until(
                () -> Duration.between(first.confirmed(), registry.status().confirmed())
                                .compareTo(BRISK.progress().multipliedBy(10))
                        > 0,
                registry::status);
        assertThat(registry.status().connected()).isTrue();
        assertThat(catalogs.delivered()).hasSize(1);
    }

    @Test
    void endsEveryThreadWhenClosed() {
        etcd.start();
        etcd.put("/services/web/1", "{\"host\":\"h\",\"port\":1}");
        registry.watch(catalogs);
        awaitConnected();
        assertThat(ownThreads()).contains("proxyd-registry-etcd");
        registry.close();
        // The fixture has a client of its own, and gRPC lets go of its shared threads a second after the last client.
        etcd.close();
        Eventually.until(() -> ownThreads().isEmpty(), EtcdOutageTest::ownThreads);
    }

    @Test
    void closesPromptlyWhileEtcdIsAwayAndBeforeItIsWatched() {
        registry.watch(catalogs);
        awaitError("Connection refused");
        registry.close();
        registryAt(List.of(etcd.endpoint())).close();
        Eventually.until(() -> ownThreads().isEmpty(), EtcdOutageTest::ownThreads);
    }

    private void watchThrough(TcpRelay relay) {
        registry.close();
        registry = registryAt(List.of(relay.endpoint()));
        registry.watch(catalogs);
        awaitConnected();
    }

    private static EtcdRegistry registryAt(List<URI> endpoints) {
        RegistryConfig.Etcd config = RegistryConfig.Etcd.plain(endpoints, "/services/");
        return new EtcdRegistry(config, BRISK, Clock.systemUTC(), new Random());
    }

    private void put(String key, int port) {
        etcd.put("/services/" + key, "{\"host\":\"h\",\"port\":" + port + "}");
    }

    private void awaitConnected() {
        Eventually.until(() -> registry.status().connected(), registry::status);
    }

    private void awaitDisconnected() {
        Eventually.until(() -> !registry.status().connected(), registry::status);
    }

    private void awaitError(String text) {
        Eventually.until(() -> String.valueOf(registry.status().error()).contains(text), registry::status);
    }

    private static Set<String> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(OWN_THREADS.asMatchPredicate())
                .collect(Collectors.toSet());
    }
}
