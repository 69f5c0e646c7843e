package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Source;
import io.proxyd.proxy.route.Standing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Requests over real sockets while the registry says things that are not to be believed. */
final class RegistryDoubtTest {
    private static final Duration PROBATION = Duration.ofMinutes(5);
    private static final Duration HOLD = Duration.ofMinutes(3);
    private static final Duration SOON = Duration.ofMillis(20);
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final Registration ELSEWHERE = SettableRegistry.at("other", 1);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<RawBackend> backends = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    @Test
    void aBackendWhoseLeaseEndedIsServedUntilItsProbationIsOver() throws Exception {
        RunningProxy proxy = following(leased(1));
        LiveBackend before = backend(proxy, 0);
        proxy.register(ELSEWHERE);
        assertThat(backend(proxy, 0)).isSameAs(before);
        assertThat(before.terms().source()).isEqualTo(Source.PROBATION);
        assertServed(proxy);
        proxy.advance(PROBATION);
        awaitGone(proxy, 0);
        assertThat(status(proxy)).isEqualTo(503);
        assertThat(changes(proxy)).containsSubsequence(Change.REGISTERED, Change.PROBATION, Change.DROPPED);
    }

    @Test
    void registeringAgainEndsAProbationAndForgetsNothing() throws Exception {
        RunningProxy proxy = following(leased(1));
        LiveBackend before = backend(proxy, 0);
        proxy.register(ELSEWHERE);
        proxy.register(ELSEWHERE, leased(0, backends));
        assertThat(backend(proxy, 0)).isSameAs(before);
        assertThat(before.terms().source()).isEqualTo(Source.REGISTRY);
        assertThat(before.health().health()).isEqualTo(Health.PASSING);
        assertServed(proxy);
    }

    @Test
    void aBackendThatIsKilledIsOutThoughItsLeaseEndsBefore() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.register(leased(1, backends), leased(2, backends), ELSEWHERE);
        assertThat(backend(proxy, 0).terms().source()).isEqualTo(Source.PROBATION);
        backends.get(0).refuse();
        awaitGone(proxy, 0);
        assertThat(proxy.server().evidence().kept()).isEmpty();
        assertServed(proxy);
    }

    @Test
    void manyThatLeaveAtOnceAreServedUntilTheyAreListedAgain() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.register(leased(2, backends), ELSEWHERE);
        assertThat(sources(proxy)).containsOnly(Source.BRAKE, Source.REGISTRY);
        assertThat(proxy.server().evidence().held("app")).isEqualTo(2);
        RawClient client = closing(proxy.client());
        for (int i = 0; i < 6; i++) {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
        }
        assertThat(backends).allSatisfy(b -> assertThat(b.unseenRequests()).isPositive());
        proxy.register(leased(0, backends), leased(1, backends), leased(2, backends), ELSEWHERE);
        assertThat(sources(proxy)).containsOnly(Source.REGISTRY);
        assertThat(proxy.server().evidence().brakes()).isEmpty();
    }

    @Test
    void anOperatorLetsGoOfWhatIsHeld() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.register(leased(2, backends), ELSEWHERE);
        assertThat(accept(proxy, "other")).isZero();
        assertThat(accept(proxy, "app")).isEqualTo(2);
        assertThat(sources(proxy)).containsExactly(Source.REGISTRY);
        assertServed(proxy);
        assertThat(accept(proxy, null)).isZero();
    }

    @Test
    void whatIsHeldGoesWhenItsChecksFail() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.register(leased(2, backends), ELSEWHERE);
        backends.get(0).refuse();
        awaitGone(proxy, 0);
        assertThat(backend(proxy, 1).terms().source()).isEqualTo(Source.BRAKE);
        assertServed(proxy);
    }

    @Test
    void whatIsHeldGoesAfterItsTimeWithAConnectedRegistry() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.registry().connected(false);
        proxy.register(leased(2, backends), ELSEWHERE);
        proxy.advance(HOLD.multipliedBy(2));
        awaitLooks(proxy);
        assertThat(sources(proxy)).contains(Source.BRAKE);
        assertServed(proxy);
        proxy.registry().connected(true);
        awaitLooks(proxy);
        assertThat(sources(proxy)).contains(Source.BRAKE);
        proxy.advance(HOLD);
        awaitGone(proxy, 0);
        awaitGone(proxy, 1);
        assertServed(proxy);
    }

    @Test
    void aRegistryThatListsNothingIsNotBelieved() throws Exception {
        RunningProxy proxy = following(plain(1));
        proxy.register();
        assertThat(sources(proxy)).containsExactly(Source.BRAKE);
        assertServed(proxy);
        backends.get(0).refuse();
        awaitGone(proxy, 0);
        assertThat(status(proxy)).isEqualTo(503);
    }

    @Test
    void afterABrokenHistoryWhatIsMissingIsServed() throws Exception {
        RunningProxy proxy = following(leased(3));
        proxy.registry().breakHistory("revision 3, behind 90");
        proxy.register(leased(1, backends), leased(2, backends));
        assertThat(backend(proxy, 0).terms().source()).isEqualTo(Source.BRAKE);
        assertThat(proxy.server().evidence().brakes()).singleElement().satisfies(b -> assertThat(b.cause())
                .contains("revision 3, behind 90"));
        assertServed(proxy);
    }

    @Test
    void aDeletionOnPurposeIsObeyed() throws Exception {
        RunningProxy proxy = following(plain(3));
        proxy.register(plain(1, backends), plain(2, backends));
        assertThat(ids(proxy)).doesNotContain(id(0)).hasSize(2);
        RunningProxy other = following(leased(3));
        other.registry().release("app/" + id(3));
        other.register(leased(4, backends), leased(5, backends));
        assertThat(ids(other)).doesNotContain(id(3)).hasSize(2);
    }

    @Test
    void thatItDrainedIsObeyed() throws Exception {
        RunningProxy proxy = following(leased(2));
        int port = backends.get(0).port();
        proxy.register(
                SettableRegistry.at("app", port, 100, Registration.State.DRAINING)
                        .leased(true),
                leased(1, backends));
        proxy.register(leased(1, backends));
        assertThat(ids(proxy)).containsExactly(id(1));
    }

    @Test
    void whatIsKeptWithoutAPassedCheckTakesNoRequestsEvenInPanic() throws Exception {
        RawBackend silent = backend(connection -> {
            connection.request();
            connection.awaitEnd();
        });
        HealthCheckConfig.Schedule patient =
                new HealthCheckConfig.Schedule(Duration.ofMinutes(1), 0, Duration.ofMinutes(1), 1, 1, true);
        SettableRegistry registry = new SettableRegistry()
                .remembering(SettableRegistry.at("app", silent.port()).leased(true));
        Rig rig = Rig.to()
                .check(new HealthCheckConfig.Http(patient, "/healthz", null, 200, 299))
                .evidence(evidence());
        Thread answer = new Thread(() -> {
            Eventually.until("the proxy watches", () -> registry.status().revision() > 0);
            registry.set(ELSEWHERE);
        });
        answer.start();
        RunningProxy proxy = closing(RunningProxy.start(rig, registry));
        answer.join();
        Service service = app(proxy);
        LiveBackend kept = service.backends().get(0);
        assertThat(kept.terms().source()).isEqualTo(Source.PROBATION);
        assertThat(service.standing(kept, System.nanoTime())).isEqualTo(Standing.UNCONFIRMED);
        assertThat(status(proxy)).isEqualTo(503);
        proxy.register(ELSEWHERE, SettableRegistry.at("app", silent.port()).leased(true));
        assertThat(app(proxy).standing(kept, System.nanoTime())).isEqualTo(Standing.UNCHECKED);
    }

    @Test
    void anOperatorsDrainIsInForceUntilItsEnd() throws Exception {
        RunningProxy proxy = following(leased(2));
        Intent drain = new Intent(
                "app",
                id(0),
                true,
                Optional.empty(),
                proxy.now().plus(Duration.ofMinutes(30)),
                "root@commander",
                "new disks");
        proxy.board().put(drain).toCompletableFuture().join();
        awaitStanding(proxy, 0, Standing.DRAINING);
        int before = backends.get(0).unseenRequests();
        for (int i = 0; i < 6; i++) {
            assertThat(status(proxy)).isEqualTo(200);
        }
        assertThat(backends.get(0).unseenRequests()).isEqualTo(before);
        proxy.advance(Duration.ofMinutes(30));
        awaitStanding(proxy, 0, Standing.UP);
        assertThat(changes(proxy)).containsSubsequence(Change.INTENT_SET, Change.INTENT_ENDED);
    }

    @Test
    void anOperatorsWeightCountsBeforeTheRegisteredOneUntilItIsWithdrawn() throws Exception {
        RunningProxy proxy = following(leased(2));
        Intent weight =
                new Intent("app", id(0), false, Optional.of(0), proxy.now().plus(Duration.ofHours(1)), "ann", "");
        proxy.board().put(weight).toCompletableFuture().join();
        awaitStanding(proxy, 0, Standing.DISABLED);
        proxy.board().remove("app", id(0)).toCompletableFuture().join();
        awaitStanding(proxy, 0, Standing.UP);
    }

    @Test
    void aBackendThatAnOperatorDrainedMayLeave() throws Exception {
        RunningProxy proxy = following(leased(2));
        Intent drain =
                new Intent("app", id(0), true, Optional.empty(), proxy.now().plus(Duration.ofHours(1)), "ann", "");
        proxy.board().put(drain).toCompletableFuture().join();
        awaitStanding(proxy, 0, Standing.DRAINING);
        proxy.register(leased(1, backends));
        assertThat(ids(proxy)).containsExactly(id(1));
    }

    /** A proxy that serves some new backends, each of which has passed a health check. */
    private RunningProxy following(Registrations registered) throws Exception {
        HealthCheckConfig.Schedule schedule =
                new HealthCheckConfig.Schedule(SOON, 0, Duration.ofSeconds(5), 1, 1, true);
        RunningProxy proxy = closing(RunningProxy.start(
                Rig.to().check(new HealthCheckConfig.Tcp(schedule)).evidence(evidence())));
        proxy.register(registered.make());
        Eventually.until("all are healthy", () -> app(proxy).backends().stream()
                .allMatch(b -> b.health().health() == Health.PASSING));
        return proxy;
    }

    private interface Registrations {
        Registration[] make() throws IOException;
    }

    private Registrations leased(int count) {
        return () -> fresh(count, true);
    }

    private Registrations plain(int count) {
        return () -> fresh(count, false);
    }

    private Registration[] fresh(int count, boolean leased) throws IOException {
        Registration[] registrations = new Registration[count];
        for (int i = 0; i < count; i++) {
            RawBackend backend = backend(Scripts.echo());
            backends.add(backend);
            registrations[i] = SettableRegistry.at("app", backend.port()).leased(leased);
        }
        return registrations;
    }

    private static Registration leased(int index, List<RawBackend> backends) {
        return plain(index, backends).leased(true);
    }

    private static Registration plain(int index, List<RawBackend> backends) {
        return SettableRegistry.at("app", backends.get(index).port());
    }

    private static EvidenceConfig evidence() {
        return new EvidenceConfig(
                new EvidenceConfig.Snapshot.Off(),
                PROBATION,
                new EvidenceConfig.Brake(0.5, 2, Duration.ofMinutes(1), HOLD));
    }

    private String id(int index) {
        return "b" + backends.get(index).port();
    }

    private static Service app(RunningProxy proxy) {
        return Objects.requireNonNull(proxy.table().services().get("app"));
    }

    private LiveBackend backend(RunningProxy proxy, int index) {
        return app(proxy).backends().stream()
                .filter(b -> b.key().id().equals(id(index)))
                .findAny()
                .orElseThrow();
    }

    private static List<String> ids(RunningProxy proxy) {
        return app(proxy).backends().stream().map(b -> b.key().id()).toList();
    }

    private static List<Source> sources(RunningProxy proxy) {
        return app(proxy).backends().stream().map(b -> b.terms().source()).toList();
    }

    private static List<Change> changes(RunningProxy proxy) {
        return proxy.server().journal().newest("app", 1000).stream()
                .map(Journal.Entry::change)
                .toList();
    }

    private void awaitGone(RunningProxy proxy, int index) {
        Eventually.until(id(index) + " is gone", () -> !ids(proxy).contains(id(index)));
    }

    private void awaitStanding(RunningProxy proxy, int index, Standing wanted) {
        Eventually.until(
                id(index) + " is " + wanted,
                () -> app(proxy).standing(backend(proxy, index), System.nanoTime()) == wanted);
    }

    /** Returns once the control loop has looked at clock and health from now on. */
    private static void awaitLooks(RunningProxy proxy) {
        for (int i = 0; i < 2; i++) { // the first may have begun before
            EvidenceStatus before = proxy.server().evidence();
            Eventually.until("another look", () -> proxy.server().evidence() != before);
        }
    }

    private static int accept(RunningProxy proxy, @Nullable String service) throws Exception {
        return proxy.server().accept(service).toCompletableFuture().get(15, TimeUnit.SECONDS);
    }

    private void assertServed(RunningProxy proxy) throws IOException {
        assertThat(status(proxy)).isEqualTo(200);
    }

    private int status(RunningProxy proxy) throws IOException {
        return closing(proxy.client()).exchange(GET).status();
    }

    private RawBackend backend(RawBackend.Script script) throws IOException {
        return closing(RawBackend.playing(script));
    }

    private <T extends AutoCloseable> T closing(T resource) {
        open.push(resource);
        return resource;
    }
}
