package io.proxyd.proxy.route;

import static io.proxyd.proxy.route.SampleConfig.config;
import static io.proxyd.proxy.route.SampleConfig.registration;
import static io.proxyd.proxy.route.SampleConfig.service;
import static io.proxyd.proxy.route.SampleConfig.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.Address;
import io.proxyd.config.BalancingConfig;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoutingTableBuilderTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ProxydConfig ONE_SERVICE = config(service("web"));

    private static final ProxydConfig CHECKED = config(service(
            "web", SampleConfig.http(SampleConfig.schedule(Duration.ofSeconds(5), Duration.ofSeconds(1), 2, 2))));

    private Instant now = NOW;
    private final RoutingTableBuilder builder = new RoutingTableBuilder(2, () -> now, BackendEvents.NONE);

    @Test
    void registeredBackendsBecomeLive() {
        Registration a = registration("web", "a", "worker-1", 1);
        Registration b = registration("web", "b", "worker-2", 2, 7, State.DRAINING);
        RegistryView view = view(b, a);
        RoutingTable table = builder.build(ONE_SERVICE, view, null);

        assertThat(table.catalog()).isSameAs(view.catalog());
        assertThat(web(table).backends())
                .extracting(LiveBackend::key)
                .as("sorted by id")
                .containsExactly(
                        new LiveBackend.Key("web", "a", "worker-1", 1), new LiveBackend.Key("web", "b", "worker-2", 2));
        assertThat(web(table).backends())
                .extracting(LiveBackend::terms)
                .containsExactly(
                        new Terms(100, false, Source.REGISTRY, a, null), new Terms(7, true, Source.REGISTRY, b, null));
        LiveBackend first = web(table).backends().get(0);
        assertThat(first.health()).isEqualTo(new HealthVerdict(Health.UNCHECKED, "not checked yet", NOW));
        assertThat(first.address()).isNull();
        assertThat(first.traffic()).hasSize(2);
        assertThat(first).hasToString("web/a");
    }

    @Test
    void configuredBackendsBecomeLive() {
        ProxydConfig config =
                config(service("web", SampleConfig.NO_CHECK, new Address("10.0.0.3", 8000), new Address("::1", 80)));
        RoutingTable table = builder.build(config, view(), null);
        assertThat(web(table).backends())
                .extracting(LiveBackend::key)
                .containsExactly(
                        new LiveBackend.Key("web", "10.0.0.3:8000", "10.0.0.3", 8000),
                        new LiveBackend.Key("web", "[::1]:80", "::1", 80));
        assertThat(web(table).backends())
                .extracting(LiveBackend::terms)
                .containsOnly(new Terms(100, false, Source.CONFIG, null, null));
    }

    @Test
    void configuredAndRegisteredBackendsServeTogether() {
        ProxydConfig config = config(service("web", SampleConfig.NO_CHECK, new Address("10.0.0.3", 8000)));
        RoutingTable table = builder.build(config, view(registration("web", "a", "worker-1", 1)), null);
        assertThat(web(table).backends()).extracting(b -> b.key().id()).containsExactly("10.0.0.3:8000", "a");
    }

    @Test
    void theRegistrationCountsWhereTheConfigurationNamesTheSameBackend() {
        ProxydConfig config = config(service("web", SampleConfig.NO_CHECK, new Address("10.0.0.3", 8000)));
        Registration same = registration("web", "10.0.0.3:8000", "10.0.0.3", 8000, 5, State.UP);
        RoutingTable before = builder.build(config, view(), null);
        RoutingTable after = builder.build(config, view(same), before);
        assertThat(only(after)).isSameAs(only(before));
        assertThat(only(after).terms()).isEqualTo(new Terms(5, false, Source.REGISTRY, same, null));
        RoutingTable again = builder.build(config, view(), after);
        assertThat(only(again)).isSameAs(only(before));
        assertThat(only(again).terms().source()).isEqualTo(Source.CONFIG);
    }

    @Test
    void registrationsOfUnknownServicesAreIgnored() {
        RoutingTable table = builder.build(ONE_SERVICE, view(registration("other", "a", "worker-1", 1)), null);
        assertThat(table.services()).containsOnlyKeys("web");
        assertThat(table.backends()).isEmpty();
    }

    @Test
    void servicesKeepTheOrderOfTheConfiguration() {
        RoutingTable table = builder.build(config(service("z"), service("a"), service("m")), view(), null);
        assertThat(table.services().keySet()).containsExactly("z", "a", "m");
    }

    @Test
    void aChangedWeightStateOrMetadataKeepsTheLiveBackend() {
        RoutingTable table = builder.build(ONE_SERVICE, view(registration("web", "a", "worker-1", 1)), null);
        LiveBackend before = only(table);
        before.attemptStarted();
        before.health(new HealthVerdict(Health.FAILING, "refused", NOW));
        before.traffic(1).connected();

        Registration changed = new Registration(
                "web", "a", "worker-1", 1, 50, State.DRAINING, Map.of("zone", "north"), Map.of("future", "1"));
        LiveBackend after = only(builder.build(ONE_SERVICE, view(changed), table));

        assertThat(after).isSameAs(before);
        assertThat(after.terms()).isEqualTo(new Terms(50, true, Source.REGISTRY, changed, null));
        assertThat(after.inFlight()).isEqualTo(1);
        assertThat(after.health().health()).isEqualTo(Health.FAILING);
        assertThat(after.traffic(1).connects()).isEqualTo(1);
    }

    @Test
    void anotherHostPortOrIdIsAnotherBackend() {
        RoutingTable table = builder.build(ONE_SERVICE, view(registration("web", "a", "worker-1", 1)), null);
        for (Registration other : List.of(
                registration("web", "a", "worker-2", 1),
                registration("web", "a", "worker-1", 2),
                registration("web", "b", "worker-1", 1))) {
            LiveBackend after = only(builder.build(ONE_SERVICE, view(other), table));
            assertThat(after).isNotSameAs(only(table));
            assertThat(after.health().health()).isEqualTo(Health.UNCHECKED);
        }
    }

    @Test
    void theSameBackendOfTwoServicesIsTwo() {
        ProxydConfig config = config(service("web"), service("api"));
        RoutingTable table = builder.build(
                config, view(registration("web", "a", "worker-1", 1), registration("api", "a", "worker-1", 1)), null);
        assertThat(table.backends()).hasSize(2);
    }

    @Test
    void removedBackendsLeave() {
        RoutingTable before = builder.build(
                ONE_SERVICE,
                view(registration("web", "a", "worker-1", 1), registration("web", "b", "worker-1", 2)),
                null);
        RoutingTable after = builder.build(ONE_SERVICE, view(registration("web", "b", "worker-1", 2)), before);
        assertThat(only(after)).isSameAs(web(before).backends().get(1));
        assertThat(web(before).backends()).as("the old table stays as it was").hasSize(2);
    }

    @Test
    void aBackendThatRegistersAgainSoonIsTheSame() {
        RegistryView there = view(registration("web", "a", "worker-1", 1));
        RoutingTable table = builder.build(CHECKED, there, null);
        LiveBackend before = only(table);
        before.health(new HealthVerdict(Health.FAILING, "refused", now));
        before.retire();
        table = builder.build(CHECKED, view(), table);
        now = now.plusSeconds(15);
        LiveBackend after = only(builder.build(CHECKED, there, table));
        assertThat(after).isSameAs(before);
        assertThat(after.retired()).isFalse();
        assertThat(after.health().health()).isEqualTo(Health.FAILING);
    }

    @Test
    void aVerdictOlderThanThreeChecksIsNoneForABackendThatComesBack() {
        RegistryView there = view(registration("web", "a", "worker-1", 1));
        RoutingTable table = builder.build(CHECKED, there, null);
        LiveBackend before = only(table);
        before.health(new HealthVerdict(Health.PASSING, "connected", now));
        table = builder.build(CHECKED, view(), table);
        now = now.plusSeconds(16);
        LiveBackend after = only(builder.build(CHECKED, there, table));
        assertThat(after).isSameAs(before);
        assertThat(after.health())
                .isEqualTo(new HealthVerdict(Health.UNCHECKED, "not checked since it came back", now));
    }

    @Test
    void aBackendThatComesBackLateIsAnotherOne() {
        RegistryView there = view(registration("web", "a", "worker-1", 1));
        RoutingTable table = builder.build(CHECKED, there, null);
        LiveBackend before = only(table);
        table = builder.build(CHECKED, view(), table);
        now = now.plusSeconds(31);
        assertThat(only(builder.build(CHECKED, there, table))).isNotSameAs(before);
    }

    @Test
    void onlyTheNewestThatLeftAreRemembered() {
        Registration[] many = new Registration[DepartedBackends.MOST + 1];
        for (int i = 0; i < many.length; i++) {
            many[i] = registration("web", String.valueOf(10_000 + i), "worker-1", 1 + i);
        }
        RoutingTable full = builder.build(CHECKED, view(many), null);
        RoutingTable again = builder.build(CHECKED, view(many), builder.build(CHECKED, view(), full));
        Set<LiveBackend> before = new HashSet<>(web(full).backends());
        assertThat(web(again).backends()).filteredOn(before::contains).hasSize(DepartedBackends.MOST);
    }

    @Test
    void theStateOfAServiceIsCarriedOver() {
        RoutingTable before = builder.build(ONE_SERVICE, view(), null);
        RoutingTable after = builder.build(ONE_SERVICE, view(), before);
        RoutingTable changed = builder.build(ONE_SERVICE, view(registration("web", "a", "worker-1", 1)), after);
        assertThat(web(changed).state()).isSameAs(web(before).state());
        assertThat(web(changed)).isNotSameAs(web(before));
    }

    @Test
    void aServiceOfWhichNothingChangedIsTakenOver() {
        ProxydConfig config = config(service("web"), service("api"));
        Registration x = registration("api", "x", "worker-1", 9);
        RoutingTable before = builder.build(config, view(registration("web", "a", "worker-1", 1), x), null);
        RoutingTable after = builder.build(config, view(registration("web", "b", "worker-1", 1), x), before);
        assertThat(after.services().get("api")).isSameAs(before.services().get("api"));
        assertThat(web(after)).isNotSameAs(web(before));
    }

    @Test
    void aServiceWithAnotherPolicyIsBuiltAnew() {
        RoutingTable before = builder.build(ONE_SERVICE, view(), null);
        ProxydConfig changed = config(
                service("web", BalancingConfig.Algorithm.ROUND_ROBIN, SampleConfig.NO_CHECK, SampleConfig.EJECTION));
        assertThat(web(builder.build(changed, view(), before))
                        .config()
                        .balancing()
                        .algorithm())
                .isEqualTo(BalancingConfig.Algorithm.ROUND_ROBIN);
    }

    @Test
    void whatIsKeptIsThereAsItWasAndSaysWhy() {
        Registration a = registration("web", "a", "worker-1", 1, 7, State.UP);
        Registration b = registration("web", "b", "worker-1", 2);
        RoutingTable before = builder.build(ONE_SERVICE, view(a, b), null);
        RoutingTable after = builder.build(ONE_SERVICE, keeping(a, Source.PROBATION, b), before);
        assertThat(web(after).backends()).isEqualTo(web(before).backends());
        assertThat(web(after).backends().get(0).terms()).isEqualTo(new Terms(7, false, Source.PROBATION, a, null));
        RoutingTable again = builder.build(ONE_SERVICE, view(a, b), after);
        assertThat(web(again).backends().get(0)).isSameAs(web(before).backends().get(0));
        assertThat(web(again).backends().get(0).terms().source()).isEqualTo(Source.REGISTRY);
    }

    @Test
    void theConfigurationCountsBeforeWhatIsKept() {
        ProxydConfig config = config(service("web", SampleConfig.NO_CHECK, new Address("10.0.0.3", 8000)));
        Registration gone = registration("web", "10.0.0.3:8000", "10.0.0.3", 8000, 5, State.UP);
        RoutingTable table = builder.build(config, keeping(gone, Source.BRAKE), null);
        assertThat(only(table).terms()).isEqualTo(new Terms(100, false, Source.CONFIG, null, null));
    }

    @Test
    void theRememberedCatalogIsASourceOfItsOwn() {
        Registration a = registration("web", "a", "worker-1", 1);
        Catalog remembered = new Catalog(1, new Lineage(7, 0, "", true), List.of(a), List.of(), Set.of());
        RoutingTable before = builder.build(ONE_SERVICE, RegistryView.of(remembered), null);
        LiveBackend backend = only(before);
        assertThat(backend.terms().source()).isEqualTo(Source.SNAPSHOT);
        assertThat(only(builder.build(ONE_SERVICE, view(a), before))).isSameAs(backend);
        assertThat(backend.terms().source()).isEqualTo(Source.REGISTRY);
    }

    @Test
    void whatAnOperatorWantsCountsBeforeTheRegistration() {
        Registration heavy = registration("web", "a", "worker-1", 1, 500, State.UP);
        Registration draining = registration("web", "b", "worker-1", 2, 0, State.DRAINING);
        RoutingTable before = builder.build(ONE_SERVICE, view(heavy, draining), null);
        Intent drain = intent("a", true, Optional.empty());
        Intent weight = intent("b", false, Optional.of(3));
        RoutingTable after =
                builder.build(ONE_SERVICE, intending(Map.of("a", drain, "b", weight), heavy, draining), before);
        assertThat(web(after).backends())
                .extracting(LiveBackend::terms)
                .containsExactly(
                        new Terms(500, true, Source.REGISTRY, heavy, drain),
                        new Terms(3, true, Source.REGISTRY, draining, weight));
        RoutingTable ended = builder.build(ONE_SERVICE, view(heavy, draining), after);
        assertThat(web(ended).backends()).extracting(LiveBackend::weight).containsExactly(500, 0);
    }

    @Test
    void anIntentForTheConfiguredCountsToo() {
        ProxydConfig config = config(service("web", SampleConfig.NO_CHECK, new Address("10.0.0.3", 8000)));
        Intent drain = intent("10.0.0.3:8000", true, Optional.empty());
        RoutingTable table = builder.build(config, intending(Map.of("10.0.0.3:8000", drain)), null);
        assertThat(only(table).terms().draining()).isTrue();
    }

    @Test
    void aCatalogThatIsNotSortedIsRefused() {
        Catalog catalog = new Catalog(
                9,
                List.of(
                        registration("web", "a", "worker-1", 1),
                        registration("api", "a", "worker-1", 1),
                        registration("web", "b", "worker-1", 1)),
                List.of());
        assertThatThrownBy(() -> RegistryView.of(catalog))
                .hasMessageContaining("service web")
                .hasMessageContaining("revision 9");
    }

    private static RegistryView keeping(Registration kept, Source source, Registration... registered) {
        Roster roster = new Roster(List.of(registered), List.of(new Roster.Kept(kept, source)), false);
        return new RegistryView(SampleConfig.catalog(registered), Map.of("web", roster), Map.of());
    }

    private static RegistryView intending(Map<String, Intent> intents, Registration... registered) {
        RegistryView plain = view(registered);
        return new RegistryView(plain.catalog(), plain.rosters(), Map.of("web", intents));
    }

    private static Intent intent(String id, boolean drain, Optional<Integer> weight) {
        return new Intent("web", id, drain, weight, NOW.plusSeconds(60), "ann", "");
    }

    @Test
    void aChangedEjectionRuleAppliesToLiveBackends() {
        ServiceConfig.Ejection strict =
                new ServiceConfig.Ejection(1, 0, 0, 1, 1, Duration.ofSeconds(1), Duration.ofSeconds(1));
        RegistryView catalog = view(registration("web", "a", "worker-1", 1));
        RoutingTable table = builder.build(ONE_SERVICE, catalog, null);
        assertThat(only(table).connectFailed(0, NOW)).isFalse();
        ProxydConfig changed =
                config(service("web", BalancingConfig.Algorithm.LEAST_REQUEST, SampleConfig.NO_CHECK, strict));
        builder.build(changed, catalog, table);
        assertThat(only(table).connectFailed(0, NOW)).isTrue();
    }

    @Test
    void aChangedRegistrationIsSeenThroughTheOldTableToo() {
        RoutingTable table = builder.build(ONE_SERVICE, view(registration("web", "a", "127.0.0.1", 1)), null);
        only(table).address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
        assertThat(web(table).standing(only(table), 0)).isEqualTo(Standing.UP);
        builder.build(ONE_SERVICE, view(registration("web", "a", "127.0.0.1", 1, 100, State.DRAINING)), table);
        assertThat(web(table).standing(only(table), 0)).isEqualTo(Standing.DRAINING);
    }

    @Test
    void requestsAreRoutedByTheTable() {
        RoutingTable table =
                builder.build(config(List.of(new RouteConfig("*", "/x", "web")), service("web")), view(), null);
        Route route = Objects.requireNonNull(table.route(Heads.get("any", "/x")));
        assertThat(route.service()).isSameAs(web(table));
        assertThat(table.route(Heads.get("any", "/"))).isNull();
    }

    private static Service web(RoutingTable table) {
        return Objects.requireNonNull(table.services().get("web"));
    }

    private static LiveBackend only(RoutingTable table) {
        List<LiveBackend> backends = web(table).backends();
        assertThat(backends).hasSize(1);
        return backends.get(0);
    }
}
