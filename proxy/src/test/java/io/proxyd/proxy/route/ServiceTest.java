package io.proxyd.proxy.route;

import static io.proxyd.proxy.route.SampleConfig.registration;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceTest {
    private static final HealthCheckConfig CHECKED =
            SampleConfig.http(SampleConfig.schedule(Duration.ofSeconds(1), Duration.ofSeconds(1), 2, 2));
    private static final RequestHead ANY = Heads.get("example.org", "/");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final RoutingTableBuilder builder = new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE);
    private final SplittableRandom random = new SplittableRandom(8);

    @Test
    void aResolvedBackendOfAnUncheckedServiceIsUp() {
        Service service = service(SampleConfig.NO_CHECK, up("a"));
        assertThat(standing(service, "a")).isEqualTo(Standing.UP);
        assertThat(picked(service)).containsExactly("a");
        assertThat(service.panic(0)).isFalse();
    }

    @Test
    void aNewBackendWaitsForItsFirstCheck() {
        Service service = service(CHECKED, up("a"), up("b"));
        health(service, "a", Health.PASSING);
        assertThat(standing(service, "b")).isEqualTo(Standing.UNCHECKED);
        assertThat(picked(service)).containsExactly("a");
        health(service, "b", Health.PASSING);
        assertThat(picked(service)).containsExactly("a", "b");
    }

    @Test
    void aNewBackendDoesNotWaitWhereTheServiceSaysSo() {
        HealthCheckConfig.Schedule schedule =
                new HealthCheckConfig.Schedule(Duration.ofSeconds(1), 0, Duration.ofSeconds(1), 2, 2, false);
        assertThat(standing(service(new HealthCheckConfig.Tcp(schedule), up("a")), "a"))
                .isEqualTo(Standing.UP);
        assertThat(standing(service(SampleConfig.http(schedule), up("a")), "a")).isEqualTo(Standing.UP);
    }

    @ParameterizedTest
    @EnumSource(names = {"PASSING", "NOT_CHECKED"})
    void whatPassesOrIsNotCheckedIsUp(Health health) {
        Service service = service(CHECKED, up("a"));
        health(service, "a", health);
        assertThat(standing(service, "a")).isEqualTo(Standing.UP);
    }

    @Test
    void theStrongestEvidenceIsNamed() {
        Service service = service(
                CHECKED, registration("web", "a", "127.0.0.1", 1, 0, State.DRAINING), up("b"), up("c"), up("d"));
        LiveBackend a = backend(service, "a");
        health(service, "a", Health.FAILING);
        eject(a);
        assertThat(standing(service, "a")).as("of all").isEqualTo(Standing.DRAINING);
        a.terms(new Terms(0, false, Source.REGISTRY, null, null));
        assertThat(standing(service, "a")).as("weight 0, failing, ejected").isEqualTo(Standing.DISABLED);
        a.terms(new Terms(1, false, Source.REGISTRY, null, null));
        assertThat(standing(service, "a")).as("failing, ejected").isEqualTo(Standing.UNHEALTHY);
        health(service, "a", Health.UNCHECKED);
        assertThat(standing(service, "a")).as("ejected, unchecked").isEqualTo(Standing.EJECTED);
        a.connected(0);
        assertThat(standing(service, "a")).isEqualTo(Standing.UNCHECKED);
    }

    @Test
    void anUnresolvedBackendIsNeverPicked() {
        RoutingTable table =
                builder.build(SampleConfig.config(SampleConfig.service("web")), SampleConfig.view(up("a")), null);
        Service service = Objects.requireNonNull(table.services().get("web"));
        assertThat(standing(service, "a")).isEqualTo(Standing.UNRESOLVED);
        assertThat(picked(service)).isEmpty();
        assertThat(service.panic(0)).isFalse();
        resolve(backend(service, "a"));
        assertThat(picked(service)).containsExactly("a");
    }

    @Test
    void drainingAndDisabledBackendsAreNotPickedEvenInPanic() {
        Service service = service(
                CHECKED,
                registration("web", "draining", "127.0.0.1", 1, 100, State.DRAINING),
                registration("web", "disabled", "127.0.0.1", 2, 0, State.UP),
                up("sick"));
        health(service, "draining", Health.PASSING);
        health(service, "disabled", Health.PASSING);
        health(service, "sick", Health.FAILING);
        assertThat(picked(service)).containsExactly("sick");
        assertThat(service.panic(0)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"PROBATION", "BRAKE"})
    void whatIsOnlyKeptTakesNothingBeforeACheckPassedNotEvenInPanic(Source source) {
        HealthCheckConfig.Schedule lenient =
                new HealthCheckConfig.Schedule(Duration.ofSeconds(1), 0, Duration.ofSeconds(1), 2, 2, false);
        Service service = service(new HealthCheckConfig.Tcp(lenient), up("a"), up("b"));
        health(service, "a", Health.FAILING);
        LiveBackend b = backend(service, "b");
        b.terms(new Terms(100, false, source, null, null));
        eject(b);
        assertThat(standing(service, "b")).isEqualTo(Standing.UNCONFIRMED);
        assertThat(picked(service)).containsExactly("a");
        b.connected(0);
        health(service, "b", Health.PASSING);
        assertThat(picked(service)).containsExactly("b");
    }

    @Test
    void aRememberedBackendFollowsTheUsualRules() {
        Service service = service(CHECKED, up("a"));
        backend(service, "a").terms(new Terms(100, false, Source.SNAPSHOT, null, null));
        assertThat(standing(service, "a")).isEqualTo(Standing.UNCHECKED);
        assertThat(picked(service)).as("in panic").containsExactly("a");
    }

    @Test
    void checksThatPassAgainAfterTheyFailedEndNoEjectionBeforeItsBase() {
        Service service = service(CHECKED, up("a"), up("b"));
        health(service, "a", Health.FAILING);
        health(service, "b", Health.PASSING);
        eject(backend(service, "a"));
        health(service, "a", Health.PASSING);
        assertThat(standing(service, "a")).isEqualTo(Standing.EJECTED);
        assertThat(picked(service, 10 * SECOND)).containsExactly("a", "b");
    }

    @Test
    void checksThatPassAgainAfterTheyFailedEndALaterEjectionEarly() {
        Service service = service(CHECKED, up("a"), up("b"));
        LiveBackend a = backend(service, "a");
        health(service, "b", Health.PASSING);
        eject(a, 0);
        a.connectFailed(10 * SECOND, Instant.EPOCH);
        a.connectFailed(30 * SECOND, Instant.EPOCH);
        assertThat(service.standing(a, 69 * SECOND)).isEqualTo(Standing.EJECTED);
        a.health(new HealthVerdict(Health.FAILING, "refused", Instant.EPOCH), 40 * SECOND);
        a.health(new HealthVerdict(Health.PASSING, "connected", Instant.EPOCH), 45 * SECOND);
        assertThat(picked(service, 49 * SECOND)).containsExactly("b");
        assertThat(picked(service, 50 * SECOND)).containsExactly("a", "b");
    }

    @Test
    void aBackendWhoseCheckSaysThatItDrainsTakesNothing() {
        Service service = service(CHECKED, up("a"), up("b"));
        health(service, "b", Health.PASSING);
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        backend(service, "a").health(new HealthVerdict(Health.PASSING, "HTTP 200", Instant.EPOCH, noon));
        assertThat(standing(service, "a")).isEqualTo(Standing.DRAINING);
        assertThat(service.since(backend(service, "a"), Standing.DRAINING)).isEqualTo(noon);
        assertThat(picked(service)).containsExactly("b");
        health(service, "b", Health.FAILING);
        assertThat(picked(service)).as("in panic").containsExactly("b");
        health(service, "a", Health.PASSING);
        assertThat(picked(service)).containsExactly("a");
    }

    @Test
    void aBackendThatAsksForRestHasItWhileOthersAreLeft() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        backend(service, "a").askedForRest(Duration.ofSeconds(5), 0);
        assertThat(standing(service, "a")).isEqualTo(Standing.RESTING);
        assertThat(picked(service)).containsExactly("b");
        backend(service, "b").askedForRest(Duration.ofSeconds(5), SECOND);
        assertThat(picked(service, SECOND)).as("none would be left").containsExactly("b");
        assertThat(picked(service, 5 * SECOND)).containsExactly("a", "b");
        assertThat(backend(service, "a").ejection().total()).isZero();
    }

    @Test
    void noRestIsLongerThanHalfAMinute() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        backend(service, "a").askedForRest(Duration.ofHours(1), 0);
        assertThat(picked(service, 30 * SECOND - 1)).containsExactly("b");
        assertThat(picked(service, 30 * SECOND)).containsExactly("a", "b");
    }

    @Test
    void aBackendOnTrialGetsOneRequestAtATime() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        LiveBackend a = backend(service, "a");
        eject(a);
        long now = 10 * SECOND;
        assertThat(requests(service, now, 50)).containsOnlyOnce("a").contains("b");
        a.answered(200, now);
        assertThat(requests(service, now, 50)).containsOnlyOnce("a");
        a.answered(200, now);
        a.answered(200, now);
        assertThat(requests(service, now, 50)).filteredOn("a"::equals).hasSizeGreaterThan(10);
    }

    @Test
    void aTrialDoesNotTurnRequestsAwayThatCanGoNowhereElse() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        eject(backend(service, "a"));
        eject(backend(service, "b"));
        assertThat(requests(service, 10 * SECOND, 20)).doesNotContainNull().hasSize(20);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 0, 1",
        "2, 0.5, 1",
        "3, 0.5, 1",
        "4, 0.5, 2",
        "10, 0.3, 3",
        "3, 0.9, 2",
        "1, 0.5, 0",
        "1, 1, 1",
        "3, 1, 3"
    })
    void noMoreThanTheirShareAreEjectedAtATime(int backends, double share, int most) {
        ServiceConfig.Ejection rule =
                new ServiceConfig.Ejection(3, 0, 0, 1, share, Duration.ofSeconds(10), Duration.ofSeconds(60));
        Registration[] registrations = new Registration[backends];
        for (int i = 0; i < backends; i++) {
            registrations[i] = up(String.valueOf((char) ('a' + i)));
        }
        Service service =
                service(SampleConfig.service("web", Algorithm.RANDOM, SampleConfig.NO_CHECK, rule), registrations);
        service.backends().forEach(ServiceTest::failConnects);
        assertThat(service.backends()).filteredOn(b -> b.ejection().active(0)).hasSize(most);
        assertThat(service.state().ejectionsRefused()).isEqualTo(backends - most);
    }

    @Test
    void noneIsEjectedIfAllOthersFailTheirChecks() {
        ServiceConfig.Ejection rule =
                new ServiceConfig.Ejection(3, 0, 0, 1, 0.9, Duration.ofSeconds(10), Duration.ofSeconds(60));
        Service service =
                service(SampleConfig.service("web", Algorithm.RANDOM, CHECKED, rule), up("a"), up("b"), up("c"));
        health(service, "a", Health.PASSING);
        health(service, "b", Health.FAILING);
        health(service, "c", Health.FAILING);
        failConnects(backend(service, "a"));
        assertThat(picked(service)).containsExactly("a");
        health(service, "b", Health.PASSING);
        failConnects(backend(service, "a"));
        assertThat(picked(service)).containsExactly("b");
    }

    @Test
    void checksThatPassAllAlongDoNotEndAnEjection() {
        Service service = service(CHECKED, up("a"), up("b"));
        health(service, "a", Health.PASSING);
        eject(backend(service, "a"));
        health(service, "a", Health.PASSING);
        assertThat(standing(service, "a")).isEqualTo(Standing.EJECTED);
        Service fresh = service(CHECKED, up("a"));
        eject(backend(fresh, "a"));
        health(fresh, "a", Health.PASSING);
        assertThat(standing(fresh, "a")).as("the first check").isEqualTo(Standing.EJECTED);
    }

    @Test
    void withoutWillingBackendsThereIsNoPanicAndNoPick() {
        Service service = service(CHECKED, registration("web", "a", "127.0.0.1", 1, 0, State.UP));
        assertThat(picked(service)).isEmpty();
        assertThat(service.panic(0)).isFalse();
        assertThat(picked(service(CHECKED))).isEmpty();
    }

    @Test
    void whenNoneIsHealthyAllAreUsed() {
        Service service = service(CHECKED, up("a"), up("b"), up("c"));
        health(service, "a", Health.FAILING);
        eject(backend(service, "b"));
        assertThat(service.panic(0)).isTrue();
        assertThat(picked(service)).containsExactly("a", "b", "c");

        health(service, "c", Health.PASSING);
        assertThat(service.panic(0)).isFalse();
        assertThat(picked(service)).containsExactly("c");
    }

    @ParameterizedTest
    @EnumSource
    void eachBalanceOnlyPicksFromWhatIsUp(Algorithm balance) {
        Service service = service(
                SampleConfig.service("web", balance, CHECKED, SampleConfig.EJECTION), up("a"), up("b"), up("c"));
        health(service, "a", Health.PASSING);
        health(service, "b", Health.FAILING);
        health(service, "c", Health.PASSING);
        assertThat(picked(service)).containsExactly("a", "c");
    }

    @Test
    void theBalancerIsKeptWhileNothingChanges() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        var balancer = service.balancer(0);
        backend(service, "a").attemptStarted();
        backend(service, "a").connected(0);
        assertThat(service.balancer(SECOND)).isSameAs(balancer);
        health(service, "a", Health.FAILING);
        assertThat(service.balancer(SECOND)).isNotSameAs(balancer);
    }

    @Test
    void aBackendIsEjectedAfterSoManyFailedConnectsInARow() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        LiveBackend a = backend(service, "a");
        assertThat(a.connectFailed(0, Instant.EPOCH)).isFalse();
        assertThat(a.connectFailed(0, Instant.EPOCH)).isFalse();
        a.connected(0);
        assertThat(a.connectFailed(0, Instant.EPOCH)).isFalse();
        assertThat(a.connectFailed(0, Instant.EPOCH)).isFalse();
        assertThat(picked(service)).containsExactly("a", "b");
        assertThat(a.connectFailed(0, Instant.EPOCH)).isTrue();
        assertThat(standing(service, "a")).isEqualTo(Standing.EJECTED);
        assertThat(picked(service)).containsExactly("b");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 12345678912345L, Long.MAX_VALUE - 3, Long.MIN_VALUE, -5})
    void anEjectionEndsByTheClockThoughNothingElseHappens(long start) {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        eject(backend(service, "a"), start);
        assertThat(picked(service, start)).containsExactly("b");
        assertThat(picked(service, start + 10 * SECOND - 1)).containsExactly("b");
        assertThat(picked(service, start + 10 * SECOND)).containsExactly("a", "b");
    }

    @Test
    void theEarliestEndOfSeveralEjectionsIsNoticed() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"), up("c"));
        eject(backend(service, "a"), 5 * SECOND);
        eject(backend(service, "b"), 0);
        assertThat(picked(service, 5 * SECOND)).containsExactly("c");
        assertThat(picked(service, 10 * SECOND)).containsExactly("b", "c");
        assertThat(picked(service, 15 * SECOND)).containsExactly("a", "b", "c");
    }

    @Test
    void aConnectThatSucceedsEndsAnEjectionAtOnce() {
        Service service = service(SampleConfig.NO_CHECK, up("a"), up("b"));
        LiveBackend a = backend(service, "a");
        eject(a);
        assertThat(picked(service)).containsExactly("b");
        a.connected(0);
        assertThat(picked(service)).containsExactly("a", "b");
    }

    @Test
    void aChangeIsSeenAtOnceThoughOtherLoopsBuildAtTheSameTime() throws Exception {
        Service service = service(CHECKED, up("a"), up("b"));
        health(service, "b", Health.PASSING);
        AtomicBoolean done = new AtomicBoolean();
        Thread other = new Thread(() -> {
            while (!done.get()) {
                service.balancer(0);
            }
        });
        other.start();
        for (int i = 0; i < 20_000; i++) {
            health(service, "a", i % 2 == 0 ? Health.PASSING : Health.FAILING);
            LiveBackend picked = service.pick(ANY, List.of(backend(service, "b")), 0, random);
            assertThat(picked == null).isEqualTo(i % 2 != 0);
        }
        done.set(true);
        other.join();
    }

    private static Registration up(String id) {
        return registration("web", id, "127.0.0.1", 1000 + id.charAt(0));
    }

    private Service service(HealthCheckConfig check, Registration... registrations) {
        return service(SampleConfig.service("web", check), registrations);
    }

    private Service service(ServiceConfig config, Registration... registrations) {
        RegistryView view = SampleConfig.view(registrations);
        RoutingTable table = builder.build(SampleConfig.config(config), view, null);
        table.backends().forEach(ServiceTest::resolve);
        return Objects.requireNonNull(table.services().get("web"));
    }

    private static void resolve(LiveBackend backend) {
        backend.address(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), backend.key().port()));
    }

    private static LiveBackend backend(Service service, String id) {
        return service.backends().stream()
                .filter(b -> b.key().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Standing standing(Service service, String id) {
        return service.standing(backend(service, id), 0);
    }

    private static void health(Service service, String id, Health health) {
        backend(service, id).health(new HealthVerdict(health, "as the test says", Instant.EPOCH));
    }

    private static void failConnects(LiveBackend backend) {
        for (int i = 0; i < 3; i++) {
            backend.connectFailed(0, Instant.EPOCH);
        }
    }

    private static void eject(LiveBackend backend) {
        eject(backend, 0);
    }

    private static void eject(LiveBackend backend, long nowNanos) {
        boolean ejected = false;
        for (int i = 0; i < SampleConfig.EJECTION.connectFailures(); i++) {
            ejected = backend.connectFailed(nowNanos, Instant.EPOCH);
        }
        assertThat(ejected).isTrue();
    }

    /** Where so many requests go at that time. */
    private List<@Nullable String> requests(Service service, long nowNanos, int count) {
        List<@Nullable String> ids = new ArrayList<>();
        RequestHead head = Heads.get("web.example", "/");
        for (int i = 0; i < count; i++) {
            LiveBackend backend = service.pick(head, List.of(), nowNanos, random);
            ids.add(backend == null ? null : backend.key().id());
        }
        return ids;
    }

    private Set<String> picked(Service service) {
        return picked(service, 0);
    }

    /** Who is picked in many picks at that time. */
    private Set<String> picked(Service service, long nowNanos) {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            LiveBackend backend = service.balancer(nowNanos).pick(random.nextLong(), List.of(), nowNanos, random);
            if (backend != null) {
                ids.add(backend.key().id());
            }
        }
        return ids;
    }
}
