package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages, read off the imports of all main sources. */
class ArchitectureTest {
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([a-z0-9_.]+)\\.[A-Z].*;");

    /** Which packages of proxyd a package may import, besides itself. A package that is not listed may not exist. */
    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("discovery", Set.of("config")),
            Map.entry("discovery.etcd", Set.of("discovery", "config")),
            Map.entry("discovery.file", Set.of("discovery", "config")),
            Map.entry("discovery.disk", Set.of("discovery")),
            Map.entry("discovery.dns", Set.of("discovery", "config")),
            Map.entry("proxy.http", Set.of("config")),
            Map.entry("proxy.http1", Set.of("config", "proxy.http")),
            Map.entry("proxy.balance", Set.of()),
            Map.entry("proxy.route", Set.of("config", "discovery", "proxy.balance", "proxy.http")),
            Map.entry("proxy.evidence", Set.of("config", "discovery", "proxy.route")),
            Map.entry("proxy.upstream", Set.of("config", "proxy.http", "proxy.http1", "proxy.route")),
            Map.entry("proxy.health", Set.of("config", "proxy.route")),
            Map.entry("proxy.exchange", Set.of("config", "proxy.http", "proxy.route", "proxy.upstream")),
            Map.entry(
                    "proxy.telemetry",
                    Set.of("config", "discovery", "proxy.evidence", "proxy.exchange", "proxy.http", "proxy.route")),
            Map.entry(
                    "proxy.admin",
                    Set.of(
                            "config",
                            "discovery",
                            "proxy.balance",
                            "proxy.evidence",
                            "proxy.exchange",
                            "proxy.http",
                            "proxy.http1",
                            "proxy.route",
                            "proxy.telemetry")),
            Map.entry(
                    "proxy",
                    Set.of(
                            "config",
                            "discovery",
                            "discovery.etcd",
                            "discovery.file",
                            "discovery.disk",
                            "discovery.dns",
                            "process",
                            "proxy.http",
                            "proxy.http1",
                            "proxy.route",
                            "proxy.upstream",
                            "proxy.health",
                            "proxy.evidence",
                            "proxy.exchange",
                            "proxy.telemetry",
                            "proxy.admin")),
            Map.entry("process", Set.of()),
            // What Netty shows within its own package only (decision 14 in docs/adr).
            Map.entry("io.netty.channel.uring", Set.of()),
            // proxyctl announce is a program of its own beside proxyd: it registers backends in etcd.
            Map.entry("ctl", Set.of("config", "discovery", "discovery.etcd", "process")));

    /** Libraries that may be imported in some places only. */
    private static final Map<String, Set<String>> LIBRARY_PLACES = Map.of(
            "io.etcd.", Set.of("discovery.etcd"),
            "io.grpc.", Set.of("discovery.etcd"),
            "org.snakeyaml.", Set.of("config"),
            "io.micrometer.", Set.of("proxy.telemetry"),
            "io.prometheus.", Set.of("proxy.telemetry"));

    @Test
    void packagesImportOnlyWhatLiesBelowThem() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            found.addAll(violations(packageOf(source), Files.readAllLines(source)));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void everyListedPackageExists() throws IOException {
        assertThat(sources().stream().map(ArchitectureTest::packageOf).distinct())
                .containsExactlyInAnyOrderElementsOf(ALLOWED.keySet());
    }

    @Test
    void noticesAnImportAgainstTheArrows() {
        assertThat(violations("proxy.route", List.of("import io.proxyd.proxy.exchange.Exchange;")))
                .hasSize(1);
        assertThat(violations("config", List.of("import io.netty.buffer.ByteBuf;")))
                .hasSize(1);
        assertThat(violations("proxy.upstream", List.of("import static io.etcd.jetcd.Client.builder;")))
                .hasSize(1);
        assertThat(violations("proxy.util", List.of())).hasSize(1);
        assertThat(violations("proxy.upstream", List.of("import io.proxyd.proxy.route.LiveBackend;")))
                .isEmpty();
    }

    private static List<String> violations(String from, List<String> lines) {
        Set<String> allowed = ALLOWED.get(from);
        if (allowed == null) {
            return List.of("package " + from + " has no place in the architecture");
        }
        List<String> found = new ArrayList<>();
        for (String line : lines) {
            Matcher matcher = IMPORT.matcher(line);
            if (matcher.find() && !mayImport(from, allowed, matcher.group(1))) {
                found.add(from + " imports " + matcher.group(1));
            }
        }
        return found;
    }

    private static boolean mayImport(String from, Set<String> allowed, String imported) {
        if (imported.startsWith("io.proxyd.")) {
            String name = imported.substring("io.proxyd.".length());
            return name.equals(from) || allowed.contains(name);
        }
        if (imported.startsWith("io.netty.") && (from.equals("config") || from.equals("ctl"))) {
            return false;
        }
        return LIBRARY_PLACES.entrySet().stream()
                .filter(library -> (imported + ".").startsWith(library.getKey()))
                .allMatch(library -> library.getValue().contains(from));
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("config", "discovery", "proxy")) {
            try (Stream<Path> files = Files.walk(root().resolve(module).resolve("src/main/java"))) {
                files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        return sources;
    }

    private static String packageOf(Path source) {
        String path = source.resolveSibling("").toString();
        String marker = "src/main/java/";
        String name = path.substring(path.lastIndexOf(marker) + marker.length()).replace('/', '.');
        return name.startsWith("io.proxyd.") ? name.substring("io.proxyd.".length()) : name;
    }

    /** The tests run in the folder of their module. */
    private static Path root() {
        return Path.of("").toAbsolutePath().resolveSibling("");
    }
}
