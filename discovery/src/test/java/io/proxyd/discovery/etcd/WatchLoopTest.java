package io.proxyd.discovery.etcd;

import static io.proxyd.discovery.etcd.FakeEtcd.CLUSTER;
import static io.proxyd.discovery.etcd.FakeEtcd.change;
import static io.proxyd.discovery.etcd.FakeEtcd.delete;
import static io.proxyd.discovery.etcd.FakeEtcd.key;
import static io.proxyd.discovery.etcd.FakeEtcd.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.FakeEtcd.WatchCall;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The watch loop against an etcd that answers as it is told, so that each order of answers can be tried. */
class WatchLoopTest {
    private static final Duration LONG = FakeLoop.LONG;
    private static final Duration SHORT = FakeLoop.SHORT;

    private final FakeLoop loop = new FakeLoop();
    private final FakeEtcd etcd = loop.etcd;
    private final CatalogProbe catalogs = loop.catalogs;
    private final CatalogFeed feed = loop.feed;
    private final ScheduledExecutorService thread = loop.thread;

    @AfterEach
    void endThread() {
        loop.close();
    }

    @Test
    void watchesFromTheRevisionAfterTheList() {
        start(LONG, LONG);
        etcd.link(0).pageCall(0).list(41, key("web/1", 1));
        assertThat(etcd.link(0).watchCall().fromRevision()).isEqualTo(42);
        assertThat(catalogs.awaitBackends("web/1=h:1").revision()).isEqualTo(41);
    }

    @Test
    void readsEveryPageAtTheRevisionOfTheFirst() {
        start(LONG, LONG);
        etcd.link(0).pageCall(0).listAndMore(10, key("web/1", 1));
        FakeEtcd.PageCall second = etcd.link(0).pageCall(1);
        assertThat(second.revision()).isEqualTo(10);
        assertThat(second.from()).isNotNull();
        second.list(99, key("web/2", 2));
        assertThat(etcd.link(0).watchCall().fromRevision()).isEqualTo(11);
        assertThat(catalogs.awaitBackends("web/1=h:1", "web/2=h:2").revision()).isEqualTo(10);
    }

    @Test
    void neverShowsAListThatBrokeHalfway() {
        start(LONG, LONG);
        etcd.link(0).pageCall(0).listAndMore(10, key("web/1", 1));
        etcd.link(0).pageCall(1).answer().completeExceptionally(new IllegalStateException("broken"));
        etcd.link(1).pageCall(0).list(11, key("web/2", 2));
        catalogs.awaitBackends("web/2=h:2");
        assertThat(catalogs.delivered()).hasSize(1);
    }

    @Test
    void appliesAllEventsOfAResponseAsOneChange() {
        WatchCall watch = startAndList(10, key("web/1", 1));
        watch.listener().changed(List.of(put(11, "web/2", 2), delete(11, "web/1"), put(12, "web/3", 3)));
        assertThat(catalogs.awaitBackends("web/2=h:2", "web/3=h:3").revision()).isEqualTo(12);
        assertThat(catalogs.delivered()).hasSize(2);
    }

    @Test
    void makesOneCatalogOfTheResponsesThatWait() throws InterruptedException {
        WatchCall watch = startAndList(10);
        CountDownLatch busy = new CountDownLatch(1);
        thread.execute(() -> awaitQuietly(busy));
        for (int i = 0; i < 500; i++) {
            watch.listener().changed(List.of(put(11 + i, "web/" + i % 7, 1 + i)));
        }
        busy.countDown();
        catalogs.await(catalog -> catalog.revision() == 510);
        assertThat(catalogs.delivered()).hasSize(2);
    }

    @Test
    void ignoresEventsThatAreNotNewerThanTheView() {
        WatchCall watch = startAndList(10, key("web/1", 1));
        watch.listener().changed(List.of(put(9, "web/9", 9), delete(10, "web/1"), put(11, "web/2", 2)));
        catalogs.awaitBackends("web/1=h:1", "web/2=h:2");
        watch.listener().changed(List.of(delete(11, "web/2"), put(12, "web/3", 3)));
        catalogs.awaitBackends("web/1=h:1", "web/2=h:2", "web/3=h:3");
    }

    @Test
    void goesOnFromItsOwnRevisionAfterAnError() {
        WatchCall watch = startAndList(10);
        watch.listener().created();
        watch.listener().changed(List.of(put(13, "web/1", 1)));
        watch.listener().progress(new Moment(CLUSTER, 500));
        watch.listener().ended("stream broke", false);
        etcd.link(0).awaitClosed();
        etcd.link(1).namesCall(0).list(500, key(13, "web/1", 1));
        assertThat(etcd.link(1).watchCall().fromRevision()).isEqualTo(14);
    }

    @Test
    void keepsTheCatalogAndSaysWhyWhileItIsCutOff() {
        WatchCall watch = startAndList(10, key("web/1", 1));
        watch.listener().created();
        Eventually.until(() -> feed.status().connected(), feed::status);
        watch.listener().ended("etcdserver: no leader", false);
        etcd.link(1);
        assertThat(feed.status().connected()).isFalse();
        assertThat(feed.status().error()).isEqualTo("fake etcd: etcdserver: no leader");
        assertThat(feed.status().revision()).isEqualTo(10);
        assertThat(catalogs.delivered()).hasSize(1);
    }

    @Test
    void listsAgainWhenTheRevisionIsCompactedAndDropsWhatWasDeletedMeanwhile() {
        WatchCall watch = startAndList(10, key("web/1", 1), key("web/2", 2));
        watch.listener().created();
        watch.listener().ended("required revision has been compacted", true);
        etcd.link(1).pageCall(0).list(80, key("web/2", 2));
        catalogs.awaitBackends("web/2=h:2");
        assertThat(etcd.link(1).watchCall().fromRevision()).isEqualTo(81);
    }

    @Test
    void listsAgainAfterThreeFailures() {
        startAndList(10).listener().ended("1", false);
        etcd.link(1).namesCall(0).answer().completeExceptionally(new IllegalStateException("2"));
        etcd.link(2).namesCall(0).list(10);
        etcd.link(2).watchCall().listener().ended("3", false);
        etcd.link(3).pageCall(0).list(12, key("web/1", 1));
        catalogs.awaitBackends("web/1=h:1");
    }

    @Test
    void countsFailuresAnewOnceAWatchShowedLife() {
        WatchCall first = startAndList(10);
        first.listener().ended("1", false);
        etcd.link(1).namesCall(0).answer().completeExceptionally(new IllegalStateException("2"));
        etcd.link(2).namesCall(0).list(10);
        WatchCall third = etcd.link(2).watchCall();
        third.listener().created();
        third.listener().progress(new Moment(CLUSTER, 10));
        third.listener().ended("first again", false);
        assertThat(etcd.link(3).namesCall(0).answer()).isNotDone();
    }

    @Test
    void listsAgainWhenEtcdIsBehindTheView() {
        startAndList(10, key("web/1", 1)).listener().ended("restarted", false);
        etcd.link(1).namesCall(0).list(3);
        etcd.link(2).pageCall(0).list(4, key("web/9", 9));
        catalogs.awaitBackends("web/9=h:9");
        assertThat(etcd.link(2).watchCall().fromRevision()).isEqualTo(5);
    }

    @Test
    void listsAgainWhenAnotherClusterAnswers() {
        WatchCall watch = startAndList(10, key("web/1", 1));
        watch.listener().progress(new Moment(CLUSTER + 1, 999));
        etcd.link(1).pageCall(0).list(1000, key("web/2", 2));
        catalogs.awaitBackends("web/2=h:2");
    }

    @Test
    void keepsAWatchOfWhichAnEventOvertookTheSignOfLife() {
        WatchCall watch = startAndList(10);
        watch.listener().created();
        watch.listener().changed(List.of(put(11, "web/1", 1)));
        watch.listener().progress(new Moment(CLUSTER, 10));
        watch.listener().changed(List.of(put(12, "web/2", 2)));
        catalogs.awaitBackends("web/1=h:1", "web/2=h:2");
        assertThat(etcd.opened()).isEqualTo(1);
        assertThat(feed.status().connected()).isTrue();
    }

    @Test
    void endsAWatchThatIsSilentForThreePeriods() {
        start(LONG, SHORT);
        etcd.link(0).pageCall(0).list(10);
        etcd.link(0).watchCall().listener().created();
        etcd.link(0).awaitClosed();
        assertThat(etcd.link(0).progressRequests()).isBetween(1, 4);
        etcd.link(1);
        assertThat(feed.status().error()).startsWith("fake etcd: the watch was silent for 0.09 s");
    }

    @Test
    void keepsAWatchThatAnswers() {
        start(LONG, SHORT);
        etcd.link(0).pageCall(0).list(10);
        WatchCall watch = etcd.link(0).watchCall();
        watch.listener().created();
        for (int i = 1; i <= 10; i++) {
            int answered = i;
            Eventually.until(() -> etcd.link(0).progressRequests() >= answered, etcd::opened);
            watch.listener().progress(new Moment(CLUSTER, 10));
        }
        assertThat(etcd.opened()).isEqualTo(1);
        assertThat(feed.status().connected()).isTrue();
    }

    @Test
    void triesAgainWhenAListIsNeverAnswered() {
        start(SHORT, LONG);
        etcd.link(0).awaitClosed();
        assertThat(feed.status().error()).isEqualTo("fake etcd: no answer within 0.03 s");
        etcd.link(1).pageCall(0).list(5, key("web/1", 1));
        catalogs.awaitBackends("web/1=h:1");
    }

    @Test
    void hearsNothingFromALinkItLeft() {
        WatchCall watch = startAndList(10);
        watch.listener().ended("broke", false);
        etcd.link(1).namesCall(0).list(10);
        etcd.link(1).watchCall();
        watch.listener().changed(List.of(put(11, "web/late", 1)));
        watch.listener().ended("again", false);
        etcd.link(1).watchCall().listener().changed(List.of(put(11, "web/1", 1)));
        catalogs.awaitBackends("web/1=h:1");
        assertThat(etcd.opened()).isEqualTo(2);
    }

    @Test
    void listsAgainWhenMoreWaitsThanItHolds() {
        WatchCall watch = startAndList(10);
        CountDownLatch busy = new CountDownLatch(1);
        thread.execute(() -> awaitQuietly(busy));
        ByteBuffer large = ByteBuffer.allocate(1024 * 1024);
        for (int i = 0; i < 70; i++) {
            watch.listener().changed(List.of(change(new EtcdLink.StoredKey("web/1", 11 + i, 0, large))));
        }
        busy.countDown();
        etcd.link(1).pageCall(0).list(6000, key("web/1", 77));
        catalogs.awaitBackends("web/1=h:77");
    }

    @Test
    void survivesALinkThatCannotBeOpened() {
        AtomicInteger left = new AtomicInteger(5);
        etcd.refuse(() -> {
            if (left.getAndDecrement() > 0) {
                throw new IllegalStateException("a link that cannot be opened, on purpose");
            }
        });
        start(LONG, LONG);
        etcd.link(0).pageCall(0).list(10, key("web/1", 1));
        catalogs.awaitBackends("web/1=h:1");
    }

    private WatchCall startAndList(long revision, EtcdLink.StoredKey... keys) {
        return loop.startAndList(FakeLoop.PATIENT, revision, keys);
    }

    private void start(Duration answer, Duration progress) {
        loop.start(new WatchTiming(answer, progress, FakeLoop.PAUSE, FakeLoop.PAUSE, LONG, LONG));
    }

    @Test
    void deliversALoneChangeAtOnceAndAStormFewTimes() {
        WatchCall watch = startAndList(10);
        long begin = System.nanoTime();
        for (int i = 0; i < 500; i++) {
            watch.listener().changed(List.of(put(11 + i, "web/" + i % 50, 1 + i)));
            LockSupport.parkNanos(200_000);
        }
        catalogs.await(catalog -> catalog.revision() == 510);
        long tenths = (System.nanoTime() - begin) / 10_000_000;
        assertThat(catalogs.delivered().size()).isLessThanOrEqualTo((int) tenths + 3);
    }

    @Test
    void takesAWatchForStandingOnlyWhenItIsCreated() {
        start(LONG, SHORT);
        etcd.link(0).pageCall(0).list(10);
        EtcdLink.Listener listener = etcd.link(0).watchCall().listener();
        Eventually.until(
                () -> {
                    listener.progress(new Moment(CLUSTER, 10));
                    return etcd.opened() > 1;
                },
                etcd::opened);
        assertThat(feed.status().error()).contains("the watch was silent for 0.09 s");
    }

    @Test
    void saysWhichFileIsUnusableAndTriesOn() {
        AtomicInteger tries = new AtomicInteger();
        etcd.refuse(() -> {
            tries.incrementAndGet();
            throw new UnusableSecret(
                    "registry.etcd.tls.ca", Path.of("/ca.pem"), "does not exist", "certificates (PEM)");
        });
        start(LONG, LONG);
        Eventually.until(() -> tries.get() > 2, tries::get);
        assertThat(feed.status().error())
                .isEqualTo("fake etcd: registry.etcd.tls.ca /ca.pem does not exist, expected certificates (PEM)");
        etcd.refuse(() -> {});
        etcd.link(0).pageCall(0).list(10, key("web/1", 1));
        catalogs.awaitBackends("web/1=h:1");
    }

    @Test
    void countsListsByTheirCause() {
        startAndList(10).listener().ended("required revision has been compacted", true);
        etcd.link(1).pageCall(0).list(80);
        etcd.link(1).watchCall().listener().progress(new Moment(CLUSTER + 1, 999));
        etcd.link(2).pageCall(0).list(90);
        Eventually.until(() -> loop.relists(Relist.HISTORY) == 1, loop::upkeep);
        assertThat(loop.upkeep().relists())
                .containsEntry("start", 1L)
                .containsEntry("compacted", 1L)
                .containsEntry("history", 1L)
                .containsEntry("failures", 0L)
                .containsOnlyKeys("start", "compacted", "failures", "history", "overflow", "drift", "bug");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
