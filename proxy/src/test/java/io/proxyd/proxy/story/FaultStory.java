package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.discovery.etcd.BriskRegistry;
import io.proxyd.discovery.etcd.EtcdProcess;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Standing;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A fault of the registry while requests run: a proxy, its load, and backends of the service {@code web} that live all the
 * while. The test does the harm and mends it; what can be seen meanwhile is here, and the end that every such story has.
 */
final class FaultStory implements AutoCloseable {
    private static final int SOME_ANSWERS = 20;
    /** About a second of requests. */
    private static final int MANY_ANSWERS = 400;

    /** The checks are patient, as here it is the registry that is to fail. */
    private static final String CONFIG =
            """
            runtime: { transport: %s, event-loops: 2, drain-timeout: 5s }
            listeners: [{ address: "127.0.0.1:0" }]
            registry: { etcd: { endpoints: [%s]%s } }
            services:
              web: { health-check: { path: /healthz, interval: 1s, timeout: 1s, rise: 1, fall: 3 } }
              bulk: { health-check: { type: none } }
            routes: [{ path: /, service: web }]
            """;

    private final Supplier<EtcdProcess> etcd;
    private final List<StoryBackend> living;
    private final RunningProxy proxy;
    private final Scrape scrape;
    private final Load load;
    private final Map<String, LiveBackend> known = new LinkedHashMap<>();
    /** What was confirmed last when the registry was found lost. */
    private Instant confirmed = Instant.EPOCH;

    private FaultStory(Supplier<EtcdProcess> etcd, List<StoryBackend> living, RunningProxy proxy) {
        this.etcd = etcd;
        this.living = living;
        this.proxy = proxy;
        this.scrape = new Scrape(proxy.sources());
        this.load = Load.getsAndPosts(proxy.address());
    }

    /** Backends for a story; the test registers them before it begins, and closes them. */
    static List<StoryBackend> backends() {
        return Stream.of("one", "two", "three").map(StoryBackend::new).toList();
    }

    /**
     * Returns once all of the living have requests and the registry is connected.
     *
     * @param etcd a member that answers, to compare with
     * @param endpoints of etcd as the proxy is told
     */
    static FaultStory begin(Supplier<EtcdProcess> etcd, List<StoryBackend> living, List<URI> endpoints)
            throws InterruptedException {
        return begin(etcd, living, endpoints, "", config -> BriskRegistry.of((RegistryConfig.Etcd) config));
    }

    /**
     * The same.
     *
     * @param settings of the registry, beside its endpoints
     * @param registries opens the registry
     */
    static FaultStory begin(
            Supplier<EtcdProcess> etcd,
            List<StoryBackend> living,
            List<URI> endpoints,
            String settings,
            Function<RegistryConfig, Registry> registries)
            throws InterruptedException {
        String listed =
                endpoints.stream().map(endpoint -> "\"" + endpoint + "\"").collect(Collectors.joining(", "));
        String yaml = CONFIG.formatted(RunningProxy.TRANSPORT, listed, settings);
        FaultStory story = new FaultStory(etcd, living, serving(RunningProxy.start(yaml, registries), living));
        try {
            story.awaitRequests();
            return story;
        } catch (AssertionError e) {
            story.close();
            throw e;
        }
    }

    /** Returns the proxy once all of these are up. */
    private static RunningProxy serving(RunningProxy proxy, List<StoryBackend> living) {
        try {
            living.forEach(backend -> proxy.awaitStanding("web", backend.name(), Standing.UP));
            return proxy;
        } catch (AssertionError e) {
            proxy.close();
            throw e;
        }
    }

    private void awaitRequests() {
        living.forEach(backend -> known.put(backend.name(), liveBackend(backend)));
        living.forEach(backend -> load.awaitAnswersOf(backend.name(), SOME_ANSWERS));
        awaitFound();
    }

    RunningProxy proxy() {
        return proxy;
    }

    Load load() {
        return load;
    }

    Scrape scrape() {
        return scrape;
    }

    /** Registers it and returns once it has requests. */
    void register(StoryBackend backend) {
        etcd.get().put("/services/web/" + backend.name(), backend.registration());
        load.awaitAnswersOf(backend.name(), SOME_ANSWERS);
    }

    /** Returns once status and metrics say that the registry is lost, with a reason that has this text. */
    void awaitLost(String reason) {
        Eventually.until(() -> !status().connected(), this::status);
        Eventually.until(() -> String.valueOf(status().error()).contains(reason), this::status);
        confirmed = Objects.requireNonNull(status().confirmed());
    }

    /** Requests go on for a while, and the registry is still said to be lost, and the view to grow old. */
    void assertServesWhileLost() {
        double age = scrape.value("proxyd_registry_view_age_seconds");
        assertServes();
        assertThat(scrape.value("proxyd_registry_connected")).isZero();
        assertThat(status().confirmed()).isEqualTo(confirmed);
        assertThat(scrape.value("proxyd_registry_view_age_seconds")).isGreaterThan(age);
    }

    /** Requests go on for a while, and all of the living have their share. */
    void assertServes() {
        load.awaitAnswers(MANY_ANSWERS);
        living.forEach(backend -> load.awaitAnswersOf(backend.name(), SOME_ANSWERS));
    }

    /** Returns once the registry is connected. */
    void awaitFound() {
        Eventually.until(() -> status().connected(), this::status);
    }

    /** Returns once the journal has an entry of this change, for the backend, or for none where it is empty. */
    void awaitTold(Change change, String backend) {
        Eventually.until(
                () -> journal().stream()
                        .anyMatch(entry -> entry.change() == change
                                && Objects.requireNonNullElse(entry.backend(), "")
                                        .equals(backend)),
                () -> "no " + change + " of '" + backend + "' in " + journal());
    }

    /** Returns once a metric of the service {@code web} has this value. */
    void awaitOfWeb(String family, double value) {
        Eventually.until(() -> scrape.ofWeb(family) == value, () -> family + " is " + scrape.ofWeb(family));
    }

    /**
     * How every story ends: the view is that of etcd again, nothing that lives was lost, and the metrics say what happened.
     *
     * @param relists why everything was listed anew, once each; lists for failures alone may come at any time
     */
    void endsWell(String... relists) {
        assertViewIsEtcds();
        assertNothingLivingWasLost();
        assertMetricsTellTheTruth(relists);
    }

    private void assertViewIsEtcds() {
        long put = System.nanoTime();
        try (StoryBackend marker = new StoryBackend("marker")) {
            register(marker);
            Measured.since("from the marker's registration to its " + SOME_ANSWERS + "th request", put);
            Eventually.until(
                    () -> Served.by(proxy).equals(Served.wantedBy(etcd.get())),
                    () -> "served " + Served.by(proxy) + ", wanted " + Served.wantedBy(etcd.get()));
            awaitFound();
            etcd.get().delete("/services/web/marker");
            proxy.awaitStanding("web", "marker", null);
            load.assertLeftAlone(marker);
        }
    }

    private void assertNothingLivingWasLost() {
        living.forEach(backend -> load.awaitAnswersOf(backend.name(), SOME_ANSWERS));
        living.forEach(backend -> assertThat(liveBackend(backend))
                .as("what is known of %s", backend.name())
                .isSameAs(known.get(backend.name())));
        assertThat(journal())
                .noneMatch(entry -> entry.change() == Change.DROPPED && known.containsKey(entry.backend()));
        load.assertNothingFailed();
    }

    private void assertMetricsTellTheTruth(String... relists) {
        Map<String, Long> expected = new LinkedHashMap<>();
        expected.put("start", 1L);
        Stream.of(relists).forEach(cause -> expected.put(cause, 1L));
        Map<String, Long> counted = new LinkedHashMap<>(status().upkeep().relists());
        counted.forEach(
                (cause, count) -> assertThat(scrape.value("proxyd_registry_relists_total{cause=\"" + cause + "\"}"))
                        .isEqualTo((double) count));
        counted.values().removeIf(count -> count == 0);
        counted.remove("failures");
        assertThat(counted).as("lists, by cause").isEqualTo(expected);

        Eventually.until(() -> scrape.value("proxyd_registry_connected") == 1, this::status);
        assertThat(scrape.value("proxyd_registry_drift_total")).isZero();
        assertThat(scrape.value("proxyd_registry_history_breaks_total"))
                .isEqualTo(expected.containsKey("history") ? 1 : 0);
        assertThat(scrape.value("proxyd_registry_registrations"))
                .isEqualTo(Served.wantedBy(etcd.get()).size());
        assertThat(scrape.value("proxyd_registry_quarantined")).isZero();
        assertThat(scrape.ofWeb("proxyd_registry_brake_engaged")).isZero();
        assertThat(scrape.ofWeb("proxyd_registry_held_backends")).isZero();
        assertThat(scrape.ofWeb("proxyd_registry_probation_backends")).isZero();
    }

    private LiveBackend liveBackend(StoryBackend backend) {
        LiveBackend.Key key = new LiveBackend.Key("web", backend.name(), "127.0.0.1", backend.port());
        return Objects.requireNonNull(
                Objects.requireNonNull(proxy.table().services().get("web")).backend(key), backend.name());
    }

    private RegistryStatus status() {
        return proxy.registryStatus();
    }

    private List<Journal.Entry> journal() {
        return proxy.journal().newest(null, Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        load.close();
        scrape.close();
        proxy.close();
    }
}
