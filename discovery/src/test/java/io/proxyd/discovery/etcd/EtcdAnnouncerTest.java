package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.AnnouncerStatus;
import io.proxyd.discovery.AnnouncerStatus.State;
import io.proxyd.discovery.Drained;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Registration;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What an announcer does while its etcd is well; each test has a prefix of its own in one etcd. */
class EtcdAnnouncerTest {
    /** Short, but not so short that a stall of a busy machine costs a lease. */
    private static final Duration TTL = Duration.ofSeconds(2);

    private static EtcdProcess etcd;
    private static EtcdKeys keys;

    private final List<EtcdAnnouncer> announcers = new ArrayList<>();
    private String prefix = "";
    private String key = "";

    @BeforeAll
    static void startEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.start(folder);
        keys = new EtcdKeys(etcd.endpoint());
    }

    @AfterAll
    static void stopEtcd() {
        keys.close();
        etcd.close();
    }

    @BeforeEach
    void namePrefix(TestInfo test) {
        prefix = "/" + test.getTestMethod().orElseThrow().getName() + "/";
        key = prefix + "services/web/1";
    }

    @AfterEach
    void closeAnnouncers() {
        announcers.forEach(EtcdAnnouncer::close);
    }

    @Test
    void registersUnderALeaseAndKeepsItForSeveralTtls() {
        EtcdAnnouncer announcer = started(8001);
        EtcdKeys.Key first = keys.await(key);
        assertThat(first.registration().port()).isEqualTo(8001);
        assertThat(first.lease()).isNotZero();
        assertThat(first.registration().unknown()).containsKeys("announcer", "announced");
        // A lease that is not renewed is gone after one TTL; three pass while the same put stands.
        Instant begun = Instant.now();
        Eventually.until(
                () -> Duration.between(begun, Instant.now()).compareTo(TTL.multipliedBy(3)) > 0
                        || !keys.find(key).equals(Optional.of(first)),
                () -> keys.find(key));
        assertThat(keys.find(key)).contains(first);
        assertThat(announcer.status())
                .isEqualTo(new AnnouncerStatus(State.REGISTERED, "registered at revision " + first.revision()));
    }

    @Test
    void registersAgainWhenItsLeaseIsRevoked() {
        started(8001);
        EtcdKeys.Key first = keys.await(key);
        keys.revoke(first.lease());
        EtcdKeys.Key second = keys.await(key, found -> found.revision() > first.revision());
        assertThat(second.lease()).isNotEqualTo(first.lease());
        assertThat(second.registration().port()).isEqualTo(8001);
    }

    @Test
    void putsAKeyThatVanishedAgainUnderTheSameLease() {
        started(8001);
        EtcdKeys.Key first = keys.await(key);
        etcd.delete(key);
        EtcdKeys.Key second = keys.await(key, found -> found.revision() > first.revision());
        assertThat(second.lease()).isEqualTo(first.lease());
    }

    @Test
    void takesOverWhatWasThereWhenItStarted() {
        EtcdAnnouncer old = started(8001);
        keys.await(key);
        EtcdAnnouncer fresh = started(8002);
        keys.await(key, found -> found.registration().port() == 8002);
        awaitState(old, State.STANDING_BY);
        assertThat(old.status().detail()).contains("/" + ProcessHandle.current().pid() + "/");
        assertThat(fresh.status().state()).isEqualTo(State.REGISTERED);
    }

    @Test
    void standsByWhileANewerOwnerHasTheKeyAndRegistersOnceItIsGone() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        long newer = etcd.put(key, "{\"host\": \"other\", \"port\": 9}");
        awaitState(announcer, State.STANDING_BY);
        assertThat(announcer.status().detail()).contains("someone who left no name");
        // It looks several times more and changes nothing.
        Instant begun = Instant.now();
        Eventually.until(() -> Duration.between(begun, Instant.now()).compareTo(TTL) > 0, announcer::status);
        assertThat(keys.await(key).revision()).isEqualTo(newer);
        etcd.delete(key);
        keys.await(key, found -> found.registration().port() == 8001);
        awaitState(announcer, State.REGISTERED);
    }

    @Test
    void aNewerOwnersKeySurvivesTheEndOfTheOlderAnnouncer() {
        EtcdAnnouncer old = started(8001);
        keys.await(key);
        etcd.put(key, "{\"host\": \"other\", \"port\": 9}");
        old.close();
        assertThat(keys.await(key).registration().port()).isEqualTo(9);
    }

    @Test
    void aNewerOwnersKeyUnderTheSameLeaseIsNotRevokedByADrain() {
        EtcdAnnouncer old = started(8001);
        EtcdKeys.Key first = keys.await(key);
        keys.put(key, "{\"host\": \"other\", \"port\": 9}", first.lease());
        old.drain(Duration.ofSeconds(5)).join();
        assertThat(keys.await(key).registration().port()).isEqualTo(9);
    }

    @Test
    void ofAnnouncersThatStartTogetherOneHasTheKeyAndTheOthersStandBy() {
        List<EtcdAnnouncer> rivals = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rivals.add(announcer(8001 + i));
        }
        rivals.forEach(EtcdAnnouncer::start);
        Eventually.until(
                () -> rivals.stream()
                                        .filter(r -> r.status().state() == State.REGISTERED)
                                        .count()
                                == 1
                        && rivals.stream()
                                        .filter(r -> r.status().state() == State.STANDING_BY)
                                        .count()
                                == 3,
                () -> rivals.stream().map(EtcdAnnouncer::status).toList());
        EtcdAnnouncer winner = rivals.stream()
                .filter(r -> r.status().state() == State.REGISTERED)
                .findFirst()
                .orElseThrow();
        winner.close();
        Eventually.until(
                () -> rivals.stream()
                                        .filter(r -> r.status().state() == State.REGISTERED)
                                        .count()
                                == 1
                        && winner.status().state() == State.CLOSED,
                () -> rivals.stream().map(EtcdAnnouncer::status).toList());
    }

    @Test
    void aWithdrawnKeyIsDeletedUnderALeaseThatStillLives() {
        EtcdAnnouncer announcer = started(8001);
        EtcdKeys.Key first = keys.await(key);
        announcer.withdraw();
        keys.awaitGone(key);
        assertThat(keys.isAlive(first.lease())).isTrue();
        awaitState(announcer, State.WITHDRAWN);
        announcer.start();
        keys.await(key);
    }

    @Test
    void closingTakesTheRegistrationAway() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        announcer.close();
        assertThat(keys.find(key)).isEmpty();
        assertThat(announcer.status()).isEqualTo(new AnnouncerStatus(State.CLOSED, "closed"));
        announcer.start();
        assertThat(announcer.drain(Duration.ofSeconds(1)).join().remark()).isEqualTo("the wait was cut short");
    }

    @Test
    void aDrainWaitsForTheAcknowledgementOfEveryProxyAndThenRevokes() {
        EtcdAnnouncer announcer = started(8001);
        EtcdKeys.Key up = keys.await(key);
        proxy("a");
        proxy("b");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofSeconds(15));
        EtcdKeys.Key draining = awaitDraining();
        assertThat(draining.lease()).isEqualTo(up.lease());
        assertThat(draining.registration().deadline().orElseThrow())
                .isBetween(Instant.now(), Instant.now().plusSeconds(15));
        acknowledge("a", draining.revision());
        acknowledge("b", draining.revision() - 1); // of what was there before
        assertStaysDraining(drain, TTL.plusMillis(500)); // longer than the TTL: the lease is kept meanwhile
        acknowledge("b", draining.revision());
        assertThat(drain.join()).isEqualTo(new Drained(Set.of("a", "b"), Set.of(), ""));
        assertThat(keys.find(key)).isEmpty();
        assertThat(keys.isAlive(up.lease())).isFalse();
        awaitState(announcer, State.WITHDRAWN);
    }

    @Test
    void aProxyThatVanishesIsNotWaitedFor() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        proxy("a");
        proxy("b");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofSeconds(15));
        acknowledge("a", awaitDraining().revision());
        assertStaysDraining(drain, Duration.ofMillis(400));
        etcd.delete(prefix + "control/proxies/b");
        assertThat(drain.join()).isEqualTo(new Drained(Set.of("a"), Set.of(), ""));
    }

    @Test
    void aDrainEndsAtItsDeadlineAndNamesWhoWasMissing() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        proxy("a");
        proxy("b");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofMillis(1500));
        acknowledge("a", awaitDraining().revision());
        assertThat(drain.join()).hasToString("1 of 2 proxies have let go, missing b");
        assertThat(keys.find(key)).isEmpty();
    }

    @Test
    void aMalformedAcknowledgementCountsForNothing() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        proxy("a");
        etcd.put(prefix + "control/acks/a/web/1", "{\"registrations\": \"many\"}");
        assertThat(announcer.drain(Duration.ofMillis(500)).join()).hasToString("0 of 1 proxies have let go, missing a");
    }

    @Test
    void aDrainWithoutAnyProxyWaitsAMomentAndSaysSo() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        long begun = System.nanoTime();
        Drained drained = announcer.drain(Duration.ofSeconds(15)).join();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
        assertThat(drained).hasToString("no proxy is known; waited 1.0 s");
        assertThat(keys.find(key)).isEmpty();
    }

    @Test
    void aDrainIsPutAgainWhenItsLeaseIsLostAndOlderAcknowledgementsAreVoid() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        proxy("a");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofSeconds(15));
        EtcdKeys.Key first = awaitDraining();
        keys.revoke(first.lease());
        EtcdKeys.Key second = keys.await(key, found -> found.revision() > first.revision());
        assertThat(second.registration().state()).isEqualTo(Registration.State.DRAINING);
        acknowledge("a", first.revision());
        assertStaysDraining(drain, Duration.ofMillis(400));
        acknowledge("a", second.revision());
        assertThat(drain.join().letGo()).containsExactly("a");
    }

    @Test
    void anotherWishEndsTheWaitOfADrain() {
        EtcdAnnouncer announcer = started(8001);
        keys.await(key);
        proxy("a");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofSeconds(15));
        awaitDraining();
        announcer.start();
        assertThat(drain.join().remark()).isEqualTo("the wait was cut short");
        keys.await(key, found -> found.registration().state() == Registration.State.UP);
        CompletableFuture<Drained> again = announcer.drain(Duration.ofSeconds(15));
        awaitDraining();
        announcer.close();
        assertThat(again.join().remark()).isEqualTo("the wait was cut short");
        assertThat(keys.find(key)).isEmpty();
    }

    @Test
    void thereIsNothingToDrainBeforeItIsRegistered() {
        EtcdAnnouncer announcer = announcer(8001);
        assertThat(announcer.drain(Duration.ofSeconds(15)).join().remark()).contains("not registered");
        assertThat(announcer.status().state()).isEqualTo(State.WITHDRAWN);
    }

    @Test
    void tellsEachChangeOfItsStatusOnce() {
        List<State> states = new CopyOnWriteArrayList<>();
        EtcdAnnouncer announcer = new EtcdAnnouncer(config(), announcement(8001), s -> states.add(s.state()));
        announcer.start();
        keys.await(key);
        awaitState(announcer, State.REGISTERED);
        announcer.withdraw();
        keys.awaitGone(key);
        announcer.close();
        assertThat(states).containsExactly(State.TRYING, State.REGISTERED, State.WITHDRAWN, State.CLOSED);
    }

    private EtcdAnnouncer started(int port) {
        EtcdAnnouncer announcer = announcer(port);
        announcer.start();
        return announcer;
    }

    private EtcdAnnouncer announcer(int port) {
        EtcdAnnouncer announcer = new EtcdAnnouncer(
                config(), announcement(port), s -> {}, AnnounceTiming.of(TTL), Clock.systemUTC(), new Random());
        announcers.add(announcer);
        return announcer;
    }

    private RegistryConfig.Etcd config() {
        RegistryConfig.Etcd plain = RegistryConfig.Etcd.plain(List.of(etcd.endpoint()), prefix + "services/");
        return new RegistryConfig.Etcd(
                plain.endpoints(),
                plain.prefix(),
                prefix + "control/",
                plain.auditInterval(),
                plain.tls(),
                plain.login());
    }

    private static Announcement announcement(int port) {
        return new Announcement("web", "1", "127.0.0.1", port, 100, Map.of(), TTL);
    }

    private void proxy(String id) {
        etcd.put(prefix + "control/proxies/" + id, "{}");
    }

    private void acknowledge(String proxy, long revision) {
        etcd.put(
                prefix + "control/acks/" + proxy + "/web/1",
                "{\"registrations\": " + revision + ", \"intents\": 0, \"time\": \"" + Instant.now() + "\"}");
    }

    private EtcdKeys.Key awaitDraining() {
        return keys.await(key, found -> found.registration().state() == Registration.State.DRAINING);
    }

    private void assertStaysDraining(CompletableFuture<Drained> drain, Duration time) {
        long begun = System.nanoTime();
        Eventually.until(() -> System.nanoTime() - begun > time.toNanos() || drain.isDone(), () -> drain);
        assertThat(drain).isNotDone();
        assertThat(keys.await(key).registration().state()).isEqualTo(Registration.State.DRAINING);
    }

    private static void awaitState(EtcdAnnouncer announcer, State state) {
        Eventually.until(() -> announcer.status().state() == state, announcer::status);
    }
}
