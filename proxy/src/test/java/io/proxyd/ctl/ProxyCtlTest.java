package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.Upkeep;
import io.proxyd.proxy.admin.AdminServer;
import io.proxyd.proxy.admin.Operations;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.exchange.TracedExchange.TracedAttempt;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Source;
import io.proxyd.proxy.telemetry.ConfigReloads;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.SampleProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** proxyctl against a live admin interface. */
@Timeout(60)
class ProxyCtlTest {
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String RESET = "\u001b[0m";

    private final Path folder;
    private final SampleProxy proxy = new SampleProxy();
    private final Metrics metrics = new Metrics(proxy.sources(), new ConfigReloads(), () -> 0, "0.1.0");
    private final Map<String, TracedExchange> remembered = new HashMap<>();
    private final Operations operations = new Operations(
            new LocalIntents("there is no registry", "sample-1", Map.of("host", "sample"), proxy::now),
            service -> CompletableFuture.completedFuture(0),
            id -> CompletableFuture.completedFuture(Optional.ofNullable(remembered.get(id))));
    private final List<AdminServer> servers = new ArrayList<>();

    ProxyCtlTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void close() {
        servers.forEach(AdminServer::close);
        metrics.close();
    }

    @Test
    void backendsPrintsAnAlignedTable() throws IOException {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .register("guestbook", "guestbook-2", "10.0.0.12", 49153)
                .build();
        LiveBackend up = proxy.resolve("guestbook", "g1", "10.0.0.1");
        up.health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        for (int i = 0; i < 1600; i++) {
            up.traffic(i % 2).responded(i % 200 == 0 ? 500 : 200, TimeUnit.MICROSECONDS.toNanos(1900));
        }
        up.attemptStarted();
        String admin = tcp();
        proxy.advance(Duration.ofSeconds(192));
        LiveBackend down = proxy.resolve("guestbook", "guestbook-2", "10.0.0.12");
        down.health(new HealthVerdict(HealthVerdict.Health.FAILING, "connection refused", proxy.now()));
        CommandRun run = CommandRun.of("backends", "--admin", admin);
        assertThat(run.out())
                .isEqualTo(
                        """
                        SERVICE    ID           ADDRESS          STATE      WEIGHT  IN-FLIGHT  RPS    ERRORS    P50    P99  SINCE  SOURCE    REASON
                        guestbook  g1           10.0.0.1:8000    up            100          1  8.3  8 (0.5%)  1.8ms  2.0ms  3m12s  registry  HTTP 200
                        guestbook  guestbook-2  10.0.0.12:49153  unhealthy     100          0  0.0         0      -      -     0s  registry  connection refused
                        """);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(Files.readString(SampleProxy.docs("metrics.md"))).contains(run.out());
    }

    @Test
    void backendsWorksOverAUnixSocket() {
        proxy.configure("guestbook", "10.0.0.1:8000").build();
        String address = start(new AdminConfig.Unix(folder.resolve("admin.sock")));
        CommandRun run = CommandRun.of("--admin", address, "backends");
        assertThat(run.out()).contains("guestbook  10.0.0.1:8000");
        assertThat(run.code()).isZero();
    }

    @Test
    void theEnvironmentNamesTheAddressAndTheOptionWins() {
        proxy.configure("guestbook").build();
        Map<String, String> right = Map.of("PROXYCTL_ADMIN", tcp());
        assertThat(CommandRun.of(false, right, "backends").code()).isZero();
        Map<String, String> wrong = Map.of("PROXYCTL_ADMIN", "unix:" + folder.resolve("none"));
        assertThat(CommandRun.of(false, wrong, "backends").code()).isEqualTo(1);
        assertThat(CommandRun.of(false, wrong, "backends", "--admin", tcp()).code())
                .isZero();
    }

    @Test
    void panicAndEmptyServicesAreToldOnLinesOfTheirOwn() {
        proxy.configure("guestbook", "10.0.0.1:8000").configure("shop").build();
        proxy.resolve("guestbook", "10.0.0.1:8000", "10.0.0.1");
        assertThat(CommandRun.of("backends", "--admin", tcp()).out())
                .endsWith(
                        """
                        not checked yet
                        service guestbook is in panic: no backend is up, so health is ignored
                        service shop has no backends
                        """);
        assertThat(CommandRun.of("backends", "--service", "shop", "--admin", tcp())
                        .out())
                .isEqualTo("service shop has no backends\n");
    }

    @Test
    void withoutServicesItSaysSo() {
        proxy.build();
        assertThat(CommandRun.of("backends", "--admin", tcp()).out()).isEqualTo("no service is configured\n");
    }

    @Test
    void anUnknownServiceIsOneClearLine() {
        proxy.configure("guestbook").configure("shop").build();
        CommandRun run = CommandRun.of("backends", "--service", "a b", "--admin", tcp());
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("proxyctl: service a b is not configured; configured are guestbook, shop\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void beforeTheFirstTableItSaysWhatProxydWaitsFor() {
        proxy.registry(new RegistryStatus("etcd", false, 0, null, "connection refused: 10.0.0.2:2379"));
        CommandRun run = CommandRun.of("backends", "--admin", tcp());
        assertThat(run.err())
                .isEqualTo("proxyctl: there is no routing table yet: proxyd waits for the first answer of the registry"
                        + " (etcd: connection refused: 10.0.0.2:2379)\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void jsonIsWhatTheApiSays() {
        proxy.configure("guestbook", "10.0.0.1:8000").build();
        CommandRun run = CommandRun.of("backends", "-o", "json", "--admin", tcp());
        assertThat(run.out())
                .startsWith("{\n  \"time\": \"2026-11-22T18:30:00Z\",\n")
                .endsWith("}\n");
        assertThat(JsonObject.parse(run.out()).objects("backends")).hasSize(1);
    }

    @Test
    void coloursAreForTerminalsOnly() {
        proxy.configure("guestbook", "10.0.0.1:8000", "worker-2:8000").build();
        proxy.resolve("guestbook", "10.0.0.1:8000", "10.0.0.1")
                .health(new HealthVerdict(HealthVerdict.Health.PASSING, "connected", proxy.now()));
        String[] command = {"backends", "--admin", tcp()};
        assertThat(CommandRun.of(false, Map.of(), command).out()).doesNotContain("\u001b");
        assertThat(CommandRun.of(true, Map.of("NO_COLOR", "1"), command).out()).doesNotContain("\u001b");
        String coloured = CommandRun.of(true, Map.of(), command).out();
        assertThat(coloured).contains(GREEN + "up" + RESET, RED + "unresolved" + RESET);
        assertThat(coloured.replaceAll("\u001b\\[[0-9]+m", ""))
                .isEqualTo(CommandRun.of(false, Map.of(), command).out());
    }

    @Test
    void controlCharactersOfARegistrationDoNotReachTheTerminal() {
        proxy.configure("guestbook")
                .register("guestbook", "g\u001b[2J\n1\u009b\u202e", "10.0.0.1", 8000)
                .build();
        assertThat(CommandRun.of("backends", "--admin", tcp()).out()).contains("  g?[2J?1??  10.0.0.1:8000");
    }

    @Test
    void registryShowsStateAndWhatIsWrong() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .register("shop", "s1", "10.0.0.2", 80)
                .quarantine("/services/guestbook/g2", "port: 99999, expected 1 to 65535")
                .build()
                .advance(Duration.ofSeconds(75))
                .registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "connection refused"));
        CommandRun run = CommandRun.of("registry", "--admin", tcp());
        assertThat(run.out())
                .isEqualTo(
                        """
                        registry       etcd
                        connected      no: connection refused
                        revision       42
                        source         etcd
                        confirmed      1m15s ago (2026-11-22T18:30:00Z)
                        relists        0
                        audits         none yet
                        registrations  2
                        quarantined    1

                        QUARANTINED             REASON
                        /services/guestbook/g2  port: 99999, expected 1 to 65535

                        NOT CONFIGURED  REGISTRATIONS
                        shop                        1
                        """);
        assertThat(run.code()).isZero();
        assertThat(CommandRun.of("registry", "-o", "json", "--admin", tcp()).out())
                .startsWith("{\n  \"kind\": \"etcd\"");
    }

    @Test
    void registryShowsAtAGlanceWhereItIsNotFollowed() throws IOException {
        proxy.configure("guestbook")
                .configure("shop")
                .lineage(new Lineage(8, 1, "cluster id 8, expected 7", false))
                .register("guestbook", "g1", "10.0.0.1", 80)
                .evidence(new EvidenceStatus(
                        List.of(new EvidenceStatus.Brake(
                                "guestbook", 2, 1, SampleProxy.START, "2 of 3 left within 1m", Duration.ofSeconds(90))),
                        Map.of("shop", 1),
                        Map.of(
                                "shop/s1",
                                new EvidenceStatus.Kept(
                                        "shop",
                                        "s1",
                                        Source.PROBATION,
                                        SampleProxy.START,
                                        Duration.ofSeconds(192),
                                        true))))
                .build();
        CommandRun run = CommandRun.of("registry", "--admin", tcp());
        assertThat(run.out())
                .isEqualTo(
                        """
                        registry       etcd
                        connected      yes
                        revision       42
                        source         etcd
                        confirmed      0s ago (2026-11-22T18:30:00Z)
                        relists        2 (compacted 2)
                        audits         7, the last at 2026-11-22T18:29:30Z; keys healed: 1
                        history breaks 1, the last one: cluster id 8, expected 7
                        registrations  1
                        quarantined    0

                        BRAKE      HELD  REGISTERED  SINCE                 FOR ANOTHER  CAUSE
                        guestbook     2           1  2026-11-22T18:30:00Z  1m30s        2 of 3 left within 1m
                        They are served while their health checks pass. If they are meant to go: proxyctl registry accept guestbook

                        PROBATION  BACKEND  SINCE                 FOR ANOTHER
                        shop       s1       2026-11-22T18:30:00Z  3m12s
                        """);
        assertThat(Files.readString(SampleProxy.docs("operations.md"))).contains(run.out());
    }

    @Test
    void historyPrintsWhatHappenedOldestFirst() throws IOException {
        proxy.configure("guestbook").build();
        proxy.journal().add("guestbook", "g1", Change.PROBATION, "its lease ended");
        proxy.journal().add(null, null, Change.HISTORY_BROKE, "cluster id 8, expected 7");
        proxy.advance(Duration.ofSeconds(1));
        proxy.journal().add("guestbook", "g1", Change.DROPPED, "its health check fails: connection refused");
        String admin = tcp();
        CommandRun run = CommandRun.of("history", "guestbook", "--admin", admin);
        assertThat(run.out())
                .isEqualTo(
                        """
                        TIME                  REVISION  SERVICE    BACKEND  CHANGE         CAUSE
                        2026-11-22T18:30:00Z         0  guestbook  g1       probation      its lease ended
                        2026-11-22T18:30:00Z         0  -          -        history-broke  cluster id 8, expected 7
                        2026-11-22T18:30:01Z         0  guestbook  g1       dropped        its health check fails: connection refused
                        """);
        assertThat(CommandRun.of("history", "--last", "1", "--admin", admin)
                        .out()
                        .lines())
                .hasSize(2);
        assertThat(JsonObject.parse(CommandRun.of("history", "-o", "json", "--admin", admin)
                                .out())
                        .objects("history"))
                .hasSize(3);
        CommandRun unknown = CommandRun.of("history", "shop", "--admin", admin);
        assertThat(unknown.err()).isEqualTo("proxyctl: service shop is not configured, and nothing is known of it\n");
        assertThat(unknown.code()).isEqualTo(1);
    }

    @Test
    void registrySaysThatThereIsNone() {
        proxy.build().registry(new RegistryStatus("none", true, 1, SampleProxy.START, null));
        assertThat(CommandRun.of("registry", "--admin", tcp()).out())
                .isEqualTo("no registry is configured: backends are those of the configuration\n");
    }

    @Test
    void readyExitsWithWhatItSays() {
        String admin = tcp();
        CommandRun early = CommandRun.of("ready", "--admin", admin);
        assertThat(early.out()).isEqualTo("not ready: there is no routing table yet\n");
        assertThat(early.code()).isEqualTo(1);
        proxy.build();
        CommandRun ready = CommandRun.of("ready", "--admin", admin);
        assertThat(ready.out()).isEqualTo("ready\n");
        assertThat(ready.code()).isZero();
        proxy.registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "connection refused"));
        CommandRun away = CommandRun.of("ready", "--admin", admin);
        assertThat(away.out()).isEqualTo("ready: the registry is not connected: connection refused\n");
        assertThat(away.code()).isZero();
        proxy.registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "away", true, Upkeep.NONE))
                .evidence(new EvidenceStatus(
                        List.of(new EvidenceStatus.Brake("a", 1, 1, SampleProxy.START, "", Duration.ZERO)),
                        Map.of(),
                        Map.of()));
        assertThat(CommandRun.of("ready", "--admin", admin).out())
                .isEqualTo("ready: the registry is not connected: away; serving from the last known good catalog;"
                        + " the brake holds backends of a\n");
        proxy.listening(false);
        assertThat(CommandRun.of("ready", "--admin", admin).out()).startsWith("not ready: the listeners are not open;");
    }

    @Test
    void watchShowsItAgainUntilInterrupted() {
        proxy.configure("guestbook", "10.0.0.1:8000").build();
        List<Long> pauses = new ArrayList<>();
        CommandRun run = CommandRun.of(
                true,
                Map.of(),
                millis -> {
                    pauses.add(millis);
                    if (pauses.size() == 2) {
                        servers.forEach(AdminServer::close);
                    }
                    if (pauses.size() == 3) {
                        throw new InterruptedException();
                    }
                },
                "backends",
                "--watch",
                "--admin",
                tcp());
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pauses).containsExactly(2000L, 2000L, 2000L);
        String[] frames = run.out().split("\u001b\\[H\u001b\\[2J", -1);
        assertThat(frames).hasSize(4);
        assertThat(frames[2]).contains("10.0.0.1:8000");
        assertThat(frames[3]).startsWith("proxyctl: proxyd does not answer at http://127.0.0.1:");
        assertThat(run.code()).isZero();
    }

    @Test
    void anIntentIsTakenAndTheProxiesAreListed() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        String admin = tcp();
        CommandRun drain =
                CommandRun.of("drain", "guestbook/g1", "--for", "30m", "--reason", "new disk", "--admin", admin);
        assertThat(drain.out())
                .isEqualTo(
                        "guestbook/g1 drains until 2026-11-22T19:00:00Z, at this proxy alone (there is no registry)\n");
        assertThat(drain.code()).isZero();
        assertThat(CommandRun.of("weight", "guestbook/g1", "7", "--admin", admin)
                        .out())
                .isEqualTo(
                        "guestbook/g1 has weight 7 until 2026-11-22T19:30:00Z, at this proxy alone (there is no registry)\n");
        assertThat(CommandRun.of("enable", "guestbook/g1", "--admin", admin).out())
                .isEqualTo("guestbook/g1 is as its registration says, at this proxy alone (there is no registry)\n");
        assertThat(CommandRun.of("proxies", "--admin", admin).out())
                .contains("sample-1 (asked)", "intents are local to this proxy: there is no registry");
        assertThat(CommandRun.of("registry", "accept", "--admin", admin).out()).isEqualTo("nothing was held\n");
    }

    @Test
    void aDrainIsWaitedForUntilThisProxyHasLetGo() throws InterruptedException {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        String admin = tcp();
        Pause letGo = millis -> operations.board().letGo(Map.of("guestbook/g1", new LetGo(1, 1)));
        CommandRun run = CommandRun.of(false, Map.of(), letGo, "drain", "guestbook/g1", "--wait", "--admin", admin);
        assertThat(run.out()).endsWith("guestbook/g1 is drained: let go of by 1 proxy\n");
        assertThat(run.code()).isZero();
    }

    @Test
    void enableWaitsForABackendThatIsNotRegisteredYet() throws InterruptedException {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        Pause comesBack =
                millis -> proxy.register("guestbook", "g2", "10.0.0.2", 8000).build();
        CommandRun run = CommandRun.of(
                false, Map.of(), comesBack, "enable", "guestbook/g2", "--wait", "--timeout", "1s", "--admin", tcp());
        assertThat(run.err()).doesNotContain("there is no backend", "was not registered");
        assertThat(run.out()).startsWith("guestbook/g2 is as its registration says");
    }

    @Test
    void aWaitThatIsTooShortEndsWithOneAndNamesWhoStillUsesTheBackend() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        CommandRun run = CommandRun.of("drain", "guestbook/g1", "--wait", "--timeout", "1s", "--admin", tcp());
        assertThat(run.err())
                .isEqualTo("proxyctl: guestbook/g1 is not drained yet, still used by sample-1 of 1 proxy\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void whatProxydRefusesIsToldWithItsReason() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        CommandRun run = CommandRun.of("drain", "guestbook/g2", "--admin", tcp());
        assertThat(run.err()).isEqualTo("proxyctl: there is no backend guestbook/g2; guestbook has g1\n");
        assertThat(run.code()).isEqualTo(1);
        assertThat(CommandRun.of("drain", "guestbook/g1", "--for", "soon").err())
                .contains("expected a whole number with a unit, such as 500ms, 10s, 5m, but was 'soon'");
    }

    @Test
    void explainTellsWhereARequestWouldGo() throws IOException {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .register("guestbook", "g2", "10.0.0.2", 8000)
                .build();
        proxy.resolve("guestbook", "g1", "10.0.0.1")
                .health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        proxy.resolve("guestbook", "g2", "10.0.0.2")
                .health(new HealthVerdict(HealthVerdict.Health.FAILING, "connection refused", proxy.now()));
        proxy.backend("guestbook", "g1").attemptStarted();
        String admin = tcp();
        CommandRun run =
                CommandRun.of("explain", "--host", "www.example.org", "--path", "/guestbook/1", "--admin", admin);
        assertThat(run.out())
                .isEqualTo(
                        """
                        request    GET www.example.org/guestbook/1
                        route      host *, path /guestbook
                        service    guestbook, least-request
                        admission  0 in flight, 0 waiting, no limit

                        BACKEND  STATE      WEIGHT   SHARE  IN-FLIGHT  CANDIDATE  WHY
                        g1       up            100  100.0%          1  yes        1 in flight / weight 100; lower is better; HTTP 200
                        g2       unhealthy     100    0.0%          0  no         unhealthy: connection refused
                        """);
        assertThat(run.code()).isZero();
        assertThat(Files.readString(SampleProxy.docs("operations.md"))).contains(run.out());
        CommandRun other = CommandRun.of("explain", "--host", "www.example.org", "--admin", admin);
        assertThat(other.out()).contains("proxyd answers itself: 404 no-route: no route matches host and path");
        assertThat(other.code()).isEqualTo(1);
    }

    @Test
    void explainTellsWhatBecameOfARequest() throws IOException {
        proxy.build();
        TracedAttempt failed = new TracedAttempt(
                "guestbook-2",
                "first",
                3_000,
                false,
                null,
                null,
                310_000L,
                0,
                "failed",
                "connect-failed",
                "connection refused");
        TracedAttempt answered = new TracedAttempt(
                "guestbook-1", "retry", 330_000, true, null, 1_810_000L, 1_900_000L, 503, "answered", null, null);
        remembered.put(
                "8c1f",
                new TracedExchange(
                        "8c1f",
                        SampleProxy.START,
                        "POST",
                        "www.example.org",
                        "/guestbook",
                        new RouteConfig("*", "/", "guestbook"),
                        false,
                        503,
                        null,
                        null,
                        "it was sent, and its method does not allow to send it twice",
                        2_240_000,
                        0,
                        40_000,
                        List.of(failed, answered),
                        2));
        String admin = tcp();
        CommandRun run = CommandRun.of("explain", "8c1f", "--admin", admin);
        assertThat(run.out())
                .isEqualTo(
                        """
                        request    POST www.example.org/guestbook
                        id         8c1f
                        start      2026-11-22T18:30:00Z
                        route      host *, path /
                        service    guestbook
                        status     503
                        time       2.2ms = 0.00ms in the queue + 2.2ms with backends + 0.04ms in proxyd

                        BACKEND      WHY     START  CONNECTION  CONNECT   HEAD     END  STATUS  OUTCOME
                        guestbook-2  first  0.00ms  new               -      -  0.31ms       -  failed, connect-failed: connection refused
                        guestbook-1  retry  0.33ms  idle              -  1.8ms   1.9ms     503  answered
                        no further attempt: it was sent, and its method does not allow to send it twice
                        """);
        assertThat(run.code()).isZero();
        assertThat(Files.readString(SampleProxy.docs("operations.md"))).contains(run.out());
        CommandRun unknown = CommandRun.of("explain", "8c20", "--admin", admin);
        assertThat(unknown.err()).startsWith("proxyctl: request 8c20 is not known here; each of 2 event loops keeps");
        assertThat(unknown.code()).isEqualTo(1);
    }

    private String tcp() {
        return start(new AdminConfig.Tcp(new Address("127.0.0.1", 0)));
    }

    private String start(AdminConfig config) {
        AdminServer server = new AdminServer(config, proxy.sources(), operations, metrics);
        servers.add(server);
        server.start();
        return server.address();
    }
}
