package io.proxyd.discovery.etcd;

import static io.proxyd.discovery.etcd.FakeEtcd.CLUSTER;
import static io.proxyd.discovery.etcd.FakeEtcd.change;
import static io.proxyd.discovery.etcd.FakeEtcd.delete;
import static io.proxyd.discovery.etcd.FakeEtcd.key;
import static io.proxyd.discovery.etcd.FakeEtcd.leased;
import static io.proxyd.discovery.etcd.FakeEtcd.put;
import static io.proxyd.discovery.etcd.FakeLoop.LONG;
import static io.proxyd.discovery.etcd.FakeLoop.PAUSE;
import static io.proxyd.discovery.etcd.FakeLoop.SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.FakeEtcd.Link;
import io.proxyd.discovery.etcd.FakeEtcd.WatchCall;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a watch loop makes sure of its view: audits, comparison after a reconnect, questions about leases. */
class WatchLoopEvidenceTest {
    private static final WatchTiming AUDITING = new WatchTiming(LONG, LONG, PAUSE, PAUSE, SHORT, SHORT);
    private static final long LEASE = 0x77;

    private final FakeLoop loop = new FakeLoop();
    private final FakeEtcd etcd = loop.etcd;
    private final CatalogProbe catalogs = loop.catalogs;

    @AfterEach
    void endThread() {
        loop.close();
    }

    @Test
    void auditsAgainAndAgainWhileTheWatchStands() {
        created(AUDITING, 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(0).list(12, key(3, "web/1", 1));
        etcd.link(0).namesCall(1).list(12, key(3, "web/1", 1));
        Eventually.until(() -> loop.upkeep().audits() == 2, loop::upkeep);
        assertThat(loop.upkeep().drifted()).isZero();
        assertThat(loop.upkeep().audited()).isNotNull();
        assertThat(etcd.opened()).isEqualTo(1);
    }

    @Test
    void healsADriftThatTwoListsShowAndCountsIt() {
        created(AUDITING, 10, key(3, "web/1", 1), key(4, "web/2", 2));
        etcd.link(0).namesCall(0).list(12, key(3, "web/1", 1), key(11, "web/3", 3));
        etcd.link(0).namesCall(1).list(13, key(3, "web/1", 1), key(11, "web/3", 3));
        etcd.link(1).pageCall(0).list(14, key(3, "web/1", 1), key(11, "web/3", 3));
        catalogs.awaitBackends("web/1=h:1", "web/3=h:3");
        assertThat(loop.upkeep().drifted()).isEqualTo(2);
        assertThat(loop.relists(Relist.DRIFT)).isEqualTo(1);
        assertThat(loop.feed.status().error()).contains("drifted from etcd in 2 keys");
    }

    @Test
    void takesNoEventUnderWayForADrift() {
        WatchCall watch = created(AUDITING, 10, key(3, "web/1", 1), key(4, "web/2", 2));
        etcd.link(0).namesCall(0).list(12, key(11, "web/1", 7));
        watch.listener().changed(List.of(put(11, "web/1", 7), delete(12, "web/2")));
        catalogs.awaitBackends("web/1=h:7");
        etcd.link(0).namesCall(1).list(12, key(11, "web/1", 7));
        Eventually.until(() -> loop.upkeep().audits() >= 1, loop::upkeep);
        assertThat(loop.upkeep().drifted()).isZero();
        assertThat(etcd.opened()).isEqualTo(1);
    }

    @Test
    void waitsForAWatchThatStillCatchesUp() {
        WatchCall watch = created(AUDITING, 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(0).list(1_000_000, key(900_000, "web/1", 7));
        long revision = 10;
        long begin = System.nanoTime();
        // Ten times as long as a difference has to last otherwise.
        while (System.nanoTime() - begin < 10 * SHORT.toNanos()) {
            watch.listener().changed(List.of(put(++revision, "web/2", 2)));
            LockSupport.parkNanos(1_000_000);
        }
        watch.listener().changed(List.of(put(900_000, "web/1", 7)));
        catalogs.awaitBackends("web/1=h:7", "web/2=h:2");
        Eventually.until(() -> loop.upkeep().audits() == 1, loop::upkeep);
        assertThat(loop.upkeep().drifted()).isZero();
    }

    @Test
    void takesNoDifferenceThatTheSecondListDoesNotShowForADrift() {
        created(AUDITING, 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(0).list(12, key(11, "web/1", 1));
        etcd.link(0).namesCall(1).list(13, key(13, "web/1", 1));
        Eventually.until(() -> loop.upkeep().audits() == 1, loop::upkeep);
        assertThat(loop.upkeep().drifted()).isZero();
    }

    @Test
    void keepsTheWatchWhenAnAuditFailsAndAuditsAgain() {
        created(AUDITING, 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(0).answer().completeExceptionally(new IllegalStateException("etcdserver: timeout"));
        etcd.link(0).namesCall(1).list(12, key(3, "web/1", 1));
        Eventually.until(() -> loop.upkeep().audits() == 1, loop::upkeep);
        assertThat(loop.feed.status().connected()).isTrue();
        assertThat(etcd.opened()).isEqualTo(1);
    }

    @Test
    void keepsTheWatchWhenAnAuditIsNotAnswered() {
        created(new WatchTiming(SHORT, LONG, PAUSE, PAUSE, SHORT, SHORT), 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(1).list(12, key(3, "web/1", 1));
        Eventually.until(() -> loop.upkeep().audits() == 1, loop::upkeep);
        assertThat(etcd.opened()).isEqualTo(1);
    }

    @Test
    void listsAgainWhenAnAuditIsAnsweredByAnEtcdThatIsBehind() {
        created(AUDITING, 10, key(3, "web/1", 1));
        etcd.link(0).namesCall(0).list(9, key(3, "web/1", 1));
        etcd.link(1).pageCall(0).list(9, key(3, "web/1", 1));
        Eventually.until(() -> loop.relists(Relist.HISTORY) == 1, loop::upkeep);
    }

    @Test
    void noticesOnReconnectThatTheHeldPastIsNotTheOneOfEtcd() {
        created(FakeLoop.PATIENT, 10, key(3, "web/1", 1), key(4, "web/2", 2))
                .listener()
                .ended("restarted", false);
        etcd.link(1).namesCall(0).list(500, key(5, "web/1", 1), key(480, "web/9", 9));
        etcd.link(2).pageCall(0).list(501, key(5, "web/1", 1), key(480, "web/9", 9));
        Catalog catalog = catalogs.awaitBackends("web/1=h:1", "web/9=h:9");
        assertThat(catalog.lineage().breaks()).isEqualTo(1);
        assertThat(catalog.lineage().doubt())
                .startsWith("web/1 is at revision 5 in etcd, and at revision 3 in the view of revision 10");
        assertThat(loop.relists(Relist.HISTORY)).isEqualTo(1);
    }

    @Test
    void noticesAfterAReconnectThatADeletionIsNeverTold() {
        created(AUDITING, 10, key(3, "web/1", 1), key(4, "web/2", 2)).listener().ended("restarted", false);
        etcd.link(1).namesCall(0).list(500, key(3, "web/1", 1));
        etcd.link(1).watchCall().listener().created();
        etcd.link(1).namesCall(1).list(500, key(3, "web/1", 1));
        etcd.link(2).pageCall(0).list(500, key(3, "web/1", 1));
        catalogs.awaitBackends("web/1=h:1");
        assertThat(loop.upkeep().drifted()).isEqualTo(1);
    }

    @Test
    void confirmsAReconnectOnlyOnceItWasToldWhatItMissed() {
        created(FakeLoop.PATIENT, 10, key(3, "web/1", 1), key(4, "web/2", 2))
                .listener()
                .ended("broke", false);
        etcd.link(1).namesCall(0).list(30, key(25, "web/1", 7));
        Eventually.until(() -> !loop.feed.status().connected(), loop.feed::status);
        Instant before = Objects.requireNonNull(loop.feed.status().confirmed());
        WatchCall watch = etcd.link(1).watchCall();
        watch.listener().created();
        watch.listener().progress(new Moment(CLUSTER, 30));
        watch.listener().changed(List.of(put(25, "web/1", 7)));
        Eventually.until(() -> loop.feed.status().revision() == 25, loop.feed::status);
        assertThat(loop.feed.status().connected()).isTrue();
        watch.listener().progress(new Moment(CLUSTER, 30));
        settle();
        assertThat(catalogs.newest().revision()).isEqualTo(25);
        assertThat(loop.feed.status().confirmed()).isEqualTo(before);
        watch.listener().changed(List.of(delete(28, "web/2")));
        Eventually.until(() -> before.isBefore(loop.feed.status().confirmed()), loop.feed::status);
    }

    @Test
    void countsABreakWhenTheCatalogFromBeforeIsAheadOfEtcd() {
        loop.start(FakeLoop.PATIENT, new Moment(CLUSTER, 700));
        etcd.link(0).pageCall(0).list(10, key(3, "web/1", 1));
        Catalog catalog = catalogs.awaitBackends("web/1=h:1");
        assertThat(catalog.lineage().breaks()).isEqualTo(1);
        assertThat(catalog.lineage().doubt()).contains("expected cluster c1 at revision 700 or later");
        assertThat(loop.relists(Relist.START)).isEqualTo(1);
    }

    @Test
    void countsNoBreakWhenTheCatalogFromBeforeIsOfThisEtcd() {
        loop.start(FakeLoop.PATIENT, new Moment(CLUSTER, 10));
        etcd.link(0).pageCall(0).list(12, key(3, "web/1", 1));
        assertThat(catalogs.awaitBackends("web/1=h:1").lineage().breaks()).isZero();
    }

    @Test
    void releasesWhatWasDeletedWhileItsLeaseLivesOn() {
        WatchCall watch = created(FakeLoop.PATIENT, 10, leased(3, "web/1", 1, LEASE), leased(4, "web/2", 2, LEASE));
        watch.listener().changed(List.of(delete(11, "web/1"), delete(12, "web/2")));
        catalogs.awaitBackends();
        assertThat(catalogs.newest().released()).isEmpty();
        assertThat(etcd.link(0).leaseCall(0).lease()).isEqualTo(LEASE);
        etcd.link(0).leaseCall(0).answer().complete(true);
        catalogs.await(catalog -> catalog.released().size() == 2);
        assertThat(etcd.link(0).leaseCalls()).isEqualTo(1);
    }

    @Test
    void releasesNothingWhoseLeaseEnded() {
        WatchCall watch = created(FakeLoop.PATIENT, 10, leased(3, "web/1", 1, LEASE), key(4, "web/2", 2));
        watch.listener().changed(List.of(delete(11, "web/1")));
        etcd.link(0).leaseCall(0).answer().complete(false);
        watch.listener().changed(List.of(delete(12, "web/2")));
        assertThat(catalogs.awaitBackends().released()).containsExactly("web/2");
    }

    @Test
    void releasesNothingWhoseLeaseCannotBeAskedAbout() {
        WatchCall watch = created(FakeLoop.PATIENT, 10, leased(3, "web/1", 1, LEASE), key(4, "web/2", 2));
        watch.listener().changed(List.of(delete(11, "web/1")));
        etcd.link(0).leaseCall(0).answer().completeExceptionally(new IllegalStateException("broken"));
        watch.listener().changed(List.of(delete(12, "web/2")));
        assertThat(catalogs.awaitBackends().released()).containsExactly("web/2");
    }

    @Test
    void asksAboutManyLeasesAFewAtATime() {
        EtcdLink.StoredKey[] keys = LongStream.rangeClosed(1, 100)
                .mapToObj(i -> leased(i, "web/" + i, 1, LEASE + i))
                .toArray(EtcdLink.StoredKey[]::new);
        WatchCall watch = created(FakeLoop.PATIENT, 100, keys);
        watch.listener()
                .changed(LongStream.rangeClosed(1, 100)
                        .mapToObj(i -> delete(100 + i, "web/" + i))
                        .toList());
        Link link = etcd.link(0);
        catalogs.awaitBackends();
        assertThat(link.leaseCalls()).isEqualTo(16);
        for (int i = 0; i < 100; i++) {
            link.leaseCall(i).answer().complete(i % 2 == 0);
        }
        catalogs.await(catalog -> catalog.released().size() == 50);
    }

    @Test
    void forgetsThatABackendWasReleasedOnceItIsRegisteredAgain() {
        WatchCall watch = created(FakeLoop.PATIENT, 10, leased(3, "web/1", 1, LEASE));
        watch.listener().changed(List.of(delete(11, "web/1"), change(leased(12, "web/1", 2, LEASE + 1))));
        etcd.link(0).leaseCall(0).answer().complete(true);
        settle();
        assertThat(catalogs.awaitBackends("web/1=h:2").released()).isEmpty();
        watch.listener().changed(List.of(delete(13, "web/1")));
        etcd.link(0).leaseCall(1).answer().complete(true);
        assertThat(catalogs.await(catalog -> !catalog.released().isEmpty()).released())
                .containsExactly("web/1");
    }

    @Test
    void saysAccessDeniedAndKeepsTheCatalogUntilItIsGrantedAgain() {
        created(FakeLoop.PATIENT, 10, key(3, "web/1", 1)).listener().ended("broke", false);
        etcd.link(1)
                .namesCall(0)
                .answer()
                .completeExceptionally(new IllegalStateException("etcdserver: permission denied"));
        etcd.link(2);
        assertThat(loop.feed.status().error()).isEqualTo("fake etcd: etcdserver: permission denied");
        assertThat(CatalogProbe.backends(catalogs.newest())).containsExactly("web/1=h:1");
        etcd.link(2).namesCall(0).list(10, key(3, "web/1", 1));
        etcd.link(2).watchCall().listener().created();
        Eventually.until(() -> loop.feed.status().connected(), loop.feed::status);
    }

    private WatchCall created(WatchTiming timing, long revision, EtcdLink.StoredKey... keys) {
        WatchCall watch = loop.startAndList(timing, revision, keys);
        watch.listener().created();
        Eventually.until(() -> loop.feed.status().connected(), loop.feed::status);
        return watch;
    }

    /** Waits until the loop did what is posted so far. */
    private void settle() {
        CompletableFuture.runAsync(() -> {}, loop.thread).join();
    }
}
