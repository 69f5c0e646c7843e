package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.ProxydConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.dns.HostNames;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.Clocks;
import io.proxyd.proxy.evidence.Journal;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.SampleConfig;
import io.proxyd.proxy.route.Source;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ControlLoopTest {
    private static final ProxydConfig CONFIG = SampleConfig.config(SampleConfig.service("web"));

    private final Journal journal = new Journal(InstantSource.system());
    private final BlockingQueue<RoutingTable> tables = new LinkedBlockingQueue<>();
    private final BlockingQueue<LiveBackend> removed = new LinkedBlockingQueue<>();
    private final ControlLoop loop = new ControlLoop(
            CONFIG,
            new RoutingTableBuilder(1, InstantSource.system(), journal),
            new KnownBackends(new Loopback(), removed::add),
            journal,
            () -> true,
            new Clocks(InstantSource.system(), System::nanoTime),
            tables::add);

    /** Every name is this machine. */
    private static final class Loopback implements HostNames {
        @Override
        public Following follow(String host, Consumer<InetAddress> listener) {
            listener.accept(InetAddress.getLoopbackAddress());
            return () -> {};
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    void aRememberedCatalogWaitsUntilItIsToldToGoOn() throws Exception {
        loop.post(CONFIG);
        loop.post(catalog(true, "a", "b"));
        loop.accept(null).toCompletableFuture().get(); // everything posted before was done
        assertThat(loop.table()).isNull();
        loop.startWithWhatIsKnown();
        RoutingTable table = loop.first().get();
        assertThat(table.backends().map(b -> b.terms().source())).containsExactly(Source.SNAPSHOT, Source.SNAPSHOT);
        assertThat(journal.newest(null, 100)).extracting(Journal.Entry::change).contains(Change.SNAPSHOT_IN_USE);
    }

    @Test
    void theRegistrysOwnCatalogStartsAtOnceAndTheRememberedOneIsItsMeasure() throws Exception {
        loop.post(CONFIG);
        loop.post(catalog(true, "a", "b", "c"));
        loop.post(catalog(false, "c"));
        RoutingTable table = loop.first().get();
        assertThat(table.backends().map(b -> b + " " + b.terms().source().label()))
                .containsExactly("web/a brake", "web/b brake", "web/c registry");
        loop.startWithWhatIsKnown();
        assertThat(loop.accept("web").toCompletableFuture().get()).isEqualTo(2);
        assertThat(journal.newest(null, 100))
                .extracting(Journal.Entry::change)
                .contains(Change.SNAPSHOT_REPLACED)
                .doesNotContain(Change.SNAPSHOT_IN_USE);
    }

    @Test
    void withoutAnythingKnownItStartsWithWhatIsConfigured() throws Exception {
        loop.post(CONFIG);
        loop.startWithWhatIsKnown();
        assertThat(next().backends()).isEmpty();
        loop.post(catalog(false, "a"));
        assertThat(next().backends().map(LiveBackend::toString)).containsExactly("web/a");
    }

    @Test
    void aDepartureBetweenTwoTablesIsJudgedByWhatCameBeforeIt() throws Exception {
        loop.post(CONFIG);
        loop.post(catalog(false, "a", "b"));
        assertThat(next().backends()).hasSize(2);
        Registration draining = SampleConfig.registration("web", "a", "worker", 1, 100, Registration.State.DRAINING)
                .leased(true);
        Registration stays = leased("b");
        loop.post(new Catalog(2, List.of(draining, stays), List.of()));
        loop.post(new Catalog(3, List.of(stays), List.of()));
        LiveBackend gone = removed.poll(20, TimeUnit.SECONDS);
        assertThat(gone).hasToString("web/a");
        assertThat(journal.newest("web", 1).get(0).cause()).isEqualTo("it was draining");
    }

    @Test
    void acceptReturnsOnceTheTableIsWithoutThem() throws Exception {
        loop.post(CONFIG);
        loop.post(catalog(false, "a", "b", "c"));
        assertThat(next().backends()).hasSize(3);
        loop.post(catalog(false));
        assertThat(loop.accept("web").toCompletableFuture().get()).isEqualTo(3);
        RoutingTable table = loop.table();
        assertThat(table == null ? List.of() : table.backends().toList()).isEmpty();
        assertThat(loop.status().brakes()).isEmpty();
        assertThat(removed).hasSize(3);
    }

    @Test
    void acceptFailsAfterTheEnd() {
        loop.close();
        assertThatThrownBy(() -> loop.accept(null).toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("ended");
    }

    /** The next table that is swapped in. */
    private RoutingTable next() throws InterruptedException {
        RoutingTable table = tables.poll(20, TimeUnit.SECONDS);
        if (table == null) {
            throw new AssertionError("no routing table");
        }
        return table;
    }

    private static Catalog catalog(boolean remembered, String... ids) {
        List<Registration> registrations =
                Arrays.stream(ids).map(ControlLoopTest::leased).toList();
        return new Catalog(1, new Lineage(7, 0, "", remembered), registrations, List.of(), Set.of());
    }

    private static Registration leased(String id) {
        return SampleConfig.registration("web", id, "worker", 1).leased(true);
    }
}
