package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.AccessLogConfig.Format;
import io.proxyd.config.AccessLogConfig.Output;
import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.config.BalancingConfig.Panic;
import io.proxyd.config.RuntimeConfig.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    private static final String LISTENER = "listeners: [{ address: 127.0.0.1:0 }]\n";

    private static final HealthCheckConfig.Schedule DEFAULT_SCHEDULE = new HealthCheckConfig.Schedule(
            Duration.ofSeconds(1), Duration.ofMillis(200), 0.1, Duration.ofMillis(500), 2, 2, true);

    @Test
    void theExampleLoadsAsWritten() {
        ProxydConfig config = parse(Configs.EXAMPLE);

        assertThat(config.listeners()).extracting(ListenerConfig::address).containsExactly(new Address("0.0.0.0", 80));
        assertThat(config.admin()).isEqualTo(new AdminConfig.Tcp(new Address("127.0.0.1", 9901)));
        assertThat(config.registry())
                .isEqualTo(RegistryConfig.Etcd.plain(List.of(URI.create("http://10.0.0.2:2379")), "/services/"));
        assertThat(service(config, "guestbook").healthCheck())
                .isEqualTo(new HealthCheckConfig.Http(DEFAULT_SCHEDULE, "/healthz", null, 200, 299));
        assertThat(config.routes()).containsExactly(new RouteConfig("*", "/", "guestbook"));
    }

    @Test
    void whatIsNotWrittenHasItsDefault() {
        ProxydConfig config = parse(LISTENER + "services: { guestbook: }\nroutes: [{ service: guestbook }]");

        assertThat(config.runtime()).isEqualTo(new RuntimeConfig(0, Transport.AUTO, Duration.ofSeconds(30), null, 0.8));
        assertThat(config.listeners())
                .containsExactly(new ListenerConfig(
                        new Address("127.0.0.1", 0),
                        new ListenerConfig.Connections(16384, 0),
                        new ListenerConfig.Forwarding(List.of(), ListenerConfig.Fields.X_FORWARDED, null),
                        new ListenerConfig.Timeouts(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(60)),
                        new ListenerConfig.Limits(8192, 32768, 128)));
        assertThat(config.admin()).isEqualTo(new AdminConfig.Tcp(new Address("127.0.0.1", 9901)));
        assertThat(config.registry()).isEqualTo(new RegistryConfig.None());
        assertThat(service(config, "guestbook"))
                .isEqualTo(new ServiceConfig(
                        "guestbook",
                        new BalancingConfig(
                                Algorithm.PEAK_EWMA,
                                new HashKey.ClientAddress(),
                                Duration.ofSeconds(10),
                                0.7,
                                null,
                                new Panic(0, Panic.Mode.USE_ALL)),
                        List.of(),
                        new HealthCheckConfig.Tcp(DEFAULT_SCHEDULE),
                        new ServiceConfig.Ejection(3, 5, 3, 0.2, 0.5, Duration.ofSeconds(2), Duration.ofMinutes(5)),
                        new ServiceConfig.Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(60),
                                Duration.ZERO,
                                Duration.ofHours(1),
                                Duration.ofSeconds(10)),
                        new ServiceConfig.Retries(3, 65536, 16384, List.of(502, 503, 504), false, 0.2, 10),
                        new ServiceConfig.Hedging(true, 0.99, Duration.ofMillis(20), Duration.ofSeconds(1)),
                        new ServiceConfig.Limits(true, 0, 256, Duration.ofMillis(500), 0, 0),
                        new ServiceConfig.Pool(256, Duration.ofSeconds(60)),
                        FallbackConfig.NONE));
        assertThat(config.routes()).containsExactly(new RouteConfig("*", "/", "guestbook"));
        assertThat(config.accessLog()).isEqualTo(new AccessLogConfig(new Output.Off(), Format.COMBINED));
    }

    @Test
    void everyKeyReachesItsPlace() {
        ProxydConfig config = parse(Configs.EVERY_KEY);

        assertThat(config.runtime())
                .isEqualTo(new RuntimeConfig(3, Transport.EPOLL, Duration.ofSeconds(45), "rack-2", 0.5));
        assertThat(config.listeners())
                .containsExactly(new ListenerConfig(
                        new Address("::1", 8443),
                        new ListenerConfig.Connections(5000, 50),
                        new ListenerConfig.Forwarding(
                                List.of(
                                        new AddressBlock(address("10.0.0.0"), 8),
                                        new AddressBlock(address("192.0.2.1"), 32),
                                        new AddressBlock(address("fd00::"), 8)),
                                ListenerConfig.Fields.BOTH,
                                "edge-1"),
                        new ListenerConfig.Timeouts(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4)),
                        new ListenerConfig.Limits(4096, 1048576, 64)));
        assertThat(config.admin()).isEqualTo(new AdminConfig.Unix(Path.of("/run/proxyd/admin.sock")));
        assertThat(config.registry()).isEqualTo(new RegistryConfig.File(Path.of("/srv/services")));
        assertThat(service(config, "shop"))
                .isEqualTo(new ServiceConfig(
                        "shop",
                        new BalancingConfig(
                                Algorithm.ROUND_ROBIN,
                                new HashKey.Header("X-User"),
                                Duration.ofSeconds(3),
                                0.4,
                                new BalancingConfig.Sticky("worker", Duration.ofHours(2)),
                                new Panic(0.5, Panic.Mode.LAST_KNOWN)),
                        List.of(new Address("10.0.0.3", 8000), new Address("worker-1", 8001)),
                        new HealthCheckConfig.Http(
                                new HealthCheckConfig.Schedule(
                                        Duration.ofMillis(1500),
                                        Duration.ofMillis(100),
                                        0.25,
                                        Duration.ofMillis(250),
                                        3,
                                        4,
                                        false),
                                "/up?deep=1",
                                "shop.example.org",
                                List.of(
                                        new HealthCheckConfig.StatusRange(204, 204),
                                        new HealthCheckConfig.StatusRange(300, 399)),
                                "fine",
                                Map.of("X-Probe", "proxyd"),
                                new HealthCheckConfig.Draining("X-Draining", 299)),
                        new ServiceConfig.Ejection(5, 6, 7, 0.6, 0.3, Duration.ofSeconds(1), Duration.ofSeconds(10)),
                        new ServiceConfig.Timeouts(
                                Duration.ofMillis(100),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(6),
                                Duration.ofSeconds(9),
                                Duration.ofSeconds(7),
                                Duration.ofSeconds(8)),
                        new ServiceConfig.Retries(2, 512, 1024, List.of(500, 503), true, 0.1, 3),
                        new ServiceConfig.Hedging(false, 0.9, Duration.ofMillis(5), Duration.ofSeconds(2)),
                        new ServiceConfig.Limits(false, 100, 10, Duration.ofSeconds(1), 20, 30),
                        new ServiceConfig.Pool(7, Duration.ofSeconds(8)),
                        new FallbackConfig(
                                "spare",
                                new FallbackConfig.Page(
                                        Path.of("src/test/resources/sorry.html"), "<h1>Sorry</h1>\n"))));
        assertThat(config.routes())
                .containsExactly(new RouteConfig("*.example.org", "/shop", "shop", RouteConfig.Priority.HIGH));
        assertThat(config.accessLog())
                .isEqualTo(new AccessLogConfig(new Output.File(Path.of("/var/log/proxyd/access.log")), Format.JSON));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"200-299, 304\"", "[200-299, 304]", "[\"200-299,304\"]"})
    void statusesAreATextOrAList(String statuses) {
        String check = "services: { a: { health-check: { path: /, status: " + statuses + " } } }";
        assertThat(service(parse(LISTENER + check), "a").healthCheck())
                .isEqualTo(new HealthCheckConfig.Http(
                        DEFAULT_SCHEDULE,
                        "/",
                        null,
                        List.of(
                                new HealthCheckConfig.StatusRange(200, 299),
                                new HealthCheckConfig.StatusRange(304, 304)),
                        null,
                        Map.of(),
                        HealthCheckConfig.Draining.NEVER));
    }

    @Test
    void servicesAndRoutesKeepTheOrderOfTheFile() {
        ProxydConfig config =
                parse(LISTENER + "services: { c: {}, a: , b: {} }\nroutes: [{ service: b }, { path: /c, service: c }]");

        assertThat(config.services().keySet()).containsExactly("c", "a", "b");
        assertThat(config.routes()).extracting(RouteConfig::service).containsExactly("b", "c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "runtime:",
                "admin: {}",
                "registry: ~",
                "services: null",
                "routes:",
                "access-log:",
                "services: { a: { health-check: , pool: ~, backends: } }"
            })
    void anEmptySectionIsLikeNone(String section) {
        assertThat(parse(LISTENER + section).listeners()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"off | Off", "false | Off", "\"off\" | Off", "stdout | Stdout", "file:/x | File"})
    void theAccessLogGoesWhereItIsTold(String output, String kind) {
        Output read = parse(LISTENER + "access-log: { output: " + output + " }")
                .accessLog()
                .output();

        assertThat(read.getClass().getSimpleName()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ path: /healthz } | Http",
                "{ type: http } | Http",
                "{ interval: 2s } | Tcp",
                "{ type: tcp } | Tcp",
                "{ type: none } | None",
                "{ type: none, path: /healthz } | None",
            })
    void theKindOfHealthCheckFollowsFromItsKeys(String check, String kind) {
        HealthCheckConfig read = service(parse(LISTENER + "services: { a: { health-check: " + check + " } }"), "a")
                .healthCheck();

        assertThat(read.getClass().getSimpleName()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({"auto, 0", "0, 0", "1, 1", "1024, 1024"})
    void eventLoopsAreAutoOrANumber(String text, int loops) {
        assertThat(parse(LISTENER + "runtime: { event-loops: " + text + " }")
                        .runtime()
                        .eventLoops())
                .isEqualTo(loops);
    }

    @Test
    void anAliasStandsForWhatIsAnchored() {
        ProxydConfig config = parse(
                LISTENER
                        + """
                services:
                  a:
                    health-check: &check { path: /up, interval: 2s }
                  b:
                    health-check: *check
                """);

        assertThat(service(config, "b").healthCheck())
                .isEqualTo(service(config, "a").healthCheck())
                .isInstanceOf(HealthCheckConfig.Http.class);
    }

    @Test
    void aMergedKeyYieldsToOneOfTheMapItself() {
        ProxydConfig config = parse(
                LISTENER
                        + """
                services:
                  a: &a { balance: round-robin, pool: { max-idle: 1 } }
                  b: &b
                    <<: *a
                    pool: { max-idle: 2 }
                  c:
                    <<: [*b, *a]
                """);

        assertThat(service(config, "b").balancing().algorithm()).isEqualTo(Algorithm.ROUND_ROBIN);
        assertThat(service(config, "b").pool().maxIdle()).isEqualTo(2);
        assertThat(service(config, "c").pool().maxIdle()).isEqualTo(2);
    }

    @Test
    void relativePathsStartAtTheFolderOfTheFile() {
        ProxydConfig config = ConfigLoader.parse(
                "/etc/proxyd/proxyd.yaml",
                LISTENER + "registry: { file: { path: ./services } }\naccess-log: { output: file:../log }");

        assertThat(config.registry()).isEqualTo(new RegistryConfig.File(Path.of("/etc/proxyd/services")));
        assertThat(config.accessLog().output()).isEqualTo(new Output.File(Path.of("/etc/log")));
    }

    @Test
    void loadsFromAFileWithAByteOrderMark(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("proxyd.yaml"), "\uFEFF" + Configs.EXAMPLE);

        assertThat(ConfigLoader.load(file)).isEqualTo(parse(Configs.EXAMPLE));
    }

    @Test
    void windowsLineEndsMakeNoDifference() {
        assertThat(parse(Configs.EXAMPLE.replace("\n", "\r\n"))).isEqualTo(parse(Configs.EXAMPLE));
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ProxydConfig parse(String yaml) {
        return ConfigLoader.parse("proxyd.yaml", yaml);
    }

    private static ServiceConfig service(ProxydConfig config, String name) {
        return Objects.requireNonNull(config.services().get(name), name);
    }

    @Test
    void readsHowEtcdIsSecured() {
        ProxydConfig config = ConfigLoader.parse(
                "/etc/proxyd/proxyd.yaml",
                """
                listeners: [{ address: 127.0.0.1:0 }]
                registry:
                  etcd:
                    endpoints: [ "https://10.0.0.2:2379", "https://10.0.0.3:2379" ]
                    control-prefix: /control/
                    audit-interval: 10s
                    user: proxyd
                    password-file: secrets/etcd
                    tls: { ca: ca.pem, certificate: me.pem, key: me.key }
                """);

        assertThat(config.registry())
                .isEqualTo(new RegistryConfig.Etcd(
                        List.of(URI.create("https://10.0.0.2:2379"), URI.create("https://10.0.0.3:2379")),
                        "/services/",
                        "/control/",
                        Duration.ofSeconds(10),
                        new RegistryConfig.Tls(
                                Optional.of(Path.of("/etc/proxyd/ca.pem")),
                                Optional.of(new RegistryConfig.Identity(
                                        Path.of("/etc/proxyd/me.pem"), Path.of("/etc/proxyd/me.key")))),
                        Optional.of(new RegistryConfig.Login("proxyd", Path.of("/etc/proxyd/secrets/etcd")))));
    }

    @Test
    void readsHowFarTheRegistryIsBelieved() {
        ProxydConfig config = ConfigLoader.parse(
                "/etc/proxyd/proxyd.yaml",
                """
                listeners: [{ address: 127.0.0.1:0 }]
                registry:
                  snapshot: state/catalog.json
                  probation: none
                  brake: { share: 0.25, minimum: 3, window: 10s, hold: 1h }
                """);

        assertThat(config.evidence())
                .isEqualTo(new EvidenceConfig(
                        new EvidenceConfig.Snapshot.File(Path.of("/etc/proxyd/state/catalog.json")),
                        Duration.ZERO,
                        new EvidenceConfig.Brake(0.25, 3, Duration.ofSeconds(10), Duration.ofHours(1))));
    }
}
