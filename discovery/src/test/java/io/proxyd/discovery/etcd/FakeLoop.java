package io.proxyd.discovery.etcd;

import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.RegistrationReader;
import io.proxyd.discovery.Upkeep;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import io.proxyd.discovery.etcd.FakeEtcd.WatchCall;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** A watch loop over a {@link FakeEtcd}, with the catalogs and the status that come of it. */
final class FakeLoop implements AutoCloseable {
    static final Duration LONG = Duration.ofMinutes(1);
    static final Duration SHORT = Duration.ofMillis(30);
    static final Duration PAUSE = Duration.ofMillis(5);
    /** Nothing runs out of patience, and nothing is audited by itself. */
    static final WatchTiming PATIENT = new WatchTiming(LONG, LONG, PAUSE, PAUSE, LONG, LONG);

    final FakeEtcd etcd = new FakeEtcd();
    final CatalogProbe catalogs = new CatalogProbe();
    final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    final CatalogFeed feed = new CatalogFeed("etcd", "fake etcd", catalogs, Clock.systemUTC());
    private @Nullable WatchLoop loop;

    void start(WatchTiming timing, Moment known) {
        Clock clock = Clock.systemUTC();
        RegistrationsView view = new RegistrationsView(
                new RegistrationReader(key -> key), new HeldRegistrations(key -> key, clock), feed);
        Backoff backoff = new Backoff(PAUSE, PAUSE, new Random(1));
        WatchLoop started = new WatchLoop(etcd, thread, timing, backoff, view, known, clock);
        loop = started;
        started.start();
    }

    void start(WatchTiming timing) {
        start(timing, new Moment(0, 0));
    }

    /** Starts it with these keys, and with a watch that is asked for and not yet created. */
    WatchCall startAndList(WatchTiming timing, long revision, StoredKey... keys) {
        start(timing);
        etcd.link(0).pageCall(0).list(revision, keys);
        catalogs.await(catalog -> true);
        return etcd.link(0).watchCall();
    }

    Upkeep upkeep() {
        WatchLoop started = loop;
        return started == null ? Upkeep.NONE : started.upkeep();
    }

    long relists(Relist cause) {
        return upkeep().relists().getOrDefault(cause.word(), -1L);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
