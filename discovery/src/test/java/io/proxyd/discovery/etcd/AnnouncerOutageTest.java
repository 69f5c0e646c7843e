package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Announcement;
import io.proxyd.discovery.AnnouncerStatus.State;
import io.proxyd.discovery.Drained;
import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an announcer does while its etcd is away, silent, or comes back as another one. */
class AnnouncerOutageTest {
    private static final Duration TTL = Duration.ofSeconds(1);
    private static final String KEY = "/services/web/1";
    private static final AnnounceTiming BRISK = new AnnounceTiming(
            Duration.ofMillis(500),
            Duration.ofMillis(20),
            Duration.ofMillis(300),
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofMillis(800));

    private EtcdProcess etcd;
    private EtcdKeys keys;
    private EtcdAnnouncer announcer;

    @BeforeEach
    void newEtcd(@TempDir Path folder) {
        etcd = EtcdProcess.stopped(folder);
        keys = new EtcdKeys(etcd.endpoint());
        announcer = announcerAt(List.of(etcd.endpoint()));
    }

    @AfterEach
    void closeAll() {
        announcer.close();
        keys.close();
        etcd.close();
    }

    @Test
    void waitsForAnEtcdThatIsAbsentAtStartAndSaysWhy() {
        announcer.start();
        Eventually.until(() -> announcer.status().detail().contains("Connection refused"), announcer::status);
        assertThat(announcer.status().state()).isEqualTo(State.TRYING);
        etcd.start();
        keys.await(KEY);
        awaitState(State.REGISTERED);
    }

    @Test
    void keepsItsRegistrationOverAShortRestartOfEtcd() {
        registered();
        EtcdKeys.Key first = keys.await(KEY);
        etcd.kill();
        awaitState(State.TRYING);
        etcd.start();
        awaitState(State.REGISTERED);
        EtcdKeys.Key second = keys.await(KEY);
        assertThat(second.registration().host()).isEqualTo(first.registration().host());
    }

    @Test
    void registersAgainInAnEtcdThatLostEverything() {
        registered();
        etcd.wipe();
        awaitState(State.TRYING);
        etcd.start();
        keys.await(KEY);
        awaitState(State.REGISTERED);
    }

    @Test
    void registersAgainAfterAnEtcdThatWasSilentForLongerThanTheLease() {
        registered();
        EtcdKeys.Key first = keys.await(KEY);
        etcd.pause();
        awaitState(State.TRYING);
        assertThat(announcer.status().detail()).isEqualTo("etcd " + etcd.endpoint() + ": no answer within 0.5 s");
        long begun = System.nanoTime();
        Eventually.until(() -> System.nanoTime() - begun > TTL.multipliedBy(2).toNanos(), () -> announcer.status());
        etcd.resume();
        awaitState(State.REGISTERED);
        assertThat(keys.await(KEY).registration().port())
                .isEqualTo(first.registration().port());
    }

    @Test
    void getsPastAMemberThatTakesConnectionsAndAnswersNothing() throws IOException {
        etcd.start();
        try (DeafMember deaf = new DeafMember();
                EtcdAnnouncer several =
                        announcerAt(List.of(deaf.endpoint(), deaf.endpoint(), deaf.endpoint(), etcd.endpoint()))) {
            several.start();
            keys.await(KEY);
        }
    }

    @Test
    void survivesAnswersThatAreLostOverAndOver() throws IOException {
        etcd.start();
        try (TcpRelay relay = new TcpRelay(etcd.endpoint())) {
            announcer.close();
            announcer = announcerAt(List.of(relay.endpoint()));
            announcer.start();
            Random random = new Random(7);
            for (int cut = 0; cut < 20; cut++) {
                long until = System.nanoTime() + random.nextInt(80) * 1_000_000L;
                Eventually.until(() -> System.nanoTime() > until, () -> announcer.status());
                relay.cut();
                relay.mend();
            }
            awaitState(State.REGISTERED);
            keys.await(KEY);
        }
    }

    @Test
    void neverTakesTheKeyFromANewerOwnerWhoCameWhileItWasCutOff() throws IOException {
        etcd.start();
        try (TcpRelay relay = new TcpRelay(etcd.endpoint())) {
            announcer.close();
            announcer = announcerAt(List.of(relay.endpoint()));
            announcer.start();
            keys.await(KEY);
            relay.cut();
            awaitState(State.TRYING);
            long newer = etcd.put(KEY, "{\"host\": \"other\", \"port\": 9}");
            relay.mend();
            awaitState(State.STANDING_BY);
            assertThat(keys.await(KEY).revision()).isEqualTo(newer);
        }
    }

    @Test
    void aDrainThatEtcdDoesNotHearOfEndsAtItsDeadline() {
        registered();
        etcd.kill();
        Drained drained = announcer.drain(Duration.ofMillis(700)).join();
        assertThat(drained.remark()).startsWith("etcd did not answer until the deadline: ");
        etcd.start();
        keys.awaitGone(KEY);
        awaitState(State.WITHDRAWN);
    }

    @Test
    void aDrainGoesOnWhenEtcdIsBack() {
        registered();
        etcd.put("/proxyd/proxies/a", "{}");
        CompletableFuture<Drained> drain = announcer.drain(Duration.ofSeconds(15));
        awaitState(State.DRAINING);
        etcd.kill();
        awaitState(State.TRYING);
        etcd.start();
        awaitState(State.DRAINING);
        etcd.put("/proxyd/acks/a/web/1", "{\"registrations\": " + etcd.revision() + "}");
        assertThat(drain.join().letGo()).containsExactly("a");
        keys.awaitGone(KEY);
    }

    @Test
    void withdrawsOnceEtcdIsBack() {
        registered();
        etcd.kill();
        awaitState(State.TRYING);
        announcer.withdraw();
        etcd.start();
        keys.awaitGone(KEY);
        awaitState(State.WITHDRAWN);
    }

    @Test
    void closesWithinItsBoundWhileEtcdIsAwayOrSilent() {
        registered();
        etcd.pause();
        awaitState(State.TRYING);
        long begun = System.nanoTime();
        announcer.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        assertThat(announcer.status().state()).isEqualTo(State.CLOSED);
        assertThat(announcer.status().detail()).contains("ends with its lease");
        etcd.resume();
    }

    @Test
    void endsItsThreadWhenClosed() {
        announcer.start();
        awaitState(State.TRYING);
        announcer.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("proxyd-announcer");
    }

    private void registered() {
        etcd.start();
        announcer.start();
        awaitState(State.REGISTERED);
    }

    private void awaitState(State state) {
        Eventually.until(() -> announcer.status().state() == state, announcer::status);
    }

    private static EtcdAnnouncer announcerAt(List<URI> endpoints) {
        return new EtcdAnnouncer(
                RegistryConfig.Etcd.plain(endpoints, "/services/"),
                new Announcement("web", "1", "127.0.0.1", 8001, 100, Map.of(), TTL),
                status -> {},
                BRISK,
                Clock.systemUTC(),
                new Random());
    }
}
