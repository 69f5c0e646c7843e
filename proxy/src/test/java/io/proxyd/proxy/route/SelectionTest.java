package io.proxyd.proxy.route;

import static io.proxyd.proxy.route.SampleConfig.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proxyd.config.BalancingConfig;
import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.config.BalancingConfig.Panic;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RuntimeConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.balance.Score;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slow start, zones and panics, by the shares that the random balancer says it gives. */
class SelectionTest {
    private static final Panic USE_ALL = new Panic(0, Panic.Mode.USE_ALL);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final RoutingTableBuilder builder = new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE);
    private Duration slowStart = Duration.ZERO;
    private Panic panic = USE_ALL;
    private RoutingTable table = build(null);

    @Test
    void aNewOneStartsWithATenthOfItsWeightAndGrows() {
        slowStart = Duration.ofSeconds(18);
        table = build(null, in("a", "-"));
        table = build(table, in("a", "-"), in("b", "-"));
        assertThat(share("b", 0)).isCloseTo(0.1 / 1.1, within(0.001));
        assertThat(share("b", 9 * SECOND)).isCloseTo(0.55 / 1.55, within(0.001));
        assertThat(share("b", 18 * SECOND - 1)).isLessThan(0.5);
        assertThat(share("b", 18 * SECOND)).isEqualTo(0.5);
    }

    @Test
    void neitherHealthNorRegistrationNorReloadBeginASlowStartAnew() {
        slowStart = Duration.ofSeconds(18);
        table = build(null, in("a", "-"));
        table = build(table, in("a", "-"), in("b", "-"));
        assertThat(share("b", 0)).isLessThan(0.1);
        health("b", Health.FAILING);
        assertThat(share("b", 9 * SECOND)).isZero();
        health("b", Health.PASSING);
        panic = new Panic(0.1, Panic.Mode.USE_ALL);
        table = build(
                table, in("a", "-"), registration("web", "b", "127.0.0.1", 1000 + 'b', 300, Registration.State.UP));
        assertThat(share("b", 18 * SECOND)).isEqualTo(0.75);
    }

    @Test
    void whereAllAreNewNoneIsSlowed() {
        slowStart = Duration.ofSeconds(18);
        table = build(null);
        table = build(table, in("a", "-"), in("b", "-"));
        assertThat(share("a", 0)).isEqualTo(0.5);
        table = build(table, in("a", "-"), in("b", "-"), in("c", "-"));
        assertThat(share("c", SECOND / 2)).as("half a second later").isCloseTo(1.0 / 3, within(0.001));
    }

    @Test
    void aNewOneIsComparedWithTheOldestThatIsStillNewItself() {
        slowStart = Duration.ofSeconds(18);
        table = build(null);
        table = build(table, in("a", "-"));
        assertThat(share("a", 0)).isEqualTo(1);
        table = build(table, in("a", "-"), in("b", "-"));
        assertThat(share("b", 9 * SECOND)).isCloseTo(0.1 / 0.65, within(0.001));
        assertThat(share("b", 18 * SECOND)).isCloseTo(0.55 / 1.55, within(0.001));
        assertThat(share("b", 27 * SECOND)).isEqualTo(0.5);
    }

    @Test
    void whatIsThereWhenTheProxyStartsIsNotSlowed() {
        slowStart = Duration.ofSeconds(18);
        table = build(null, in("a", "-"), in("b", "-"));
        health("b", Health.FAILING);
        assertThat(share("a", 0)).isEqualTo(1);
        health("b", Health.PASSING);
        assertThat(share("b", 5 * SECOND)).isEqualTo(0.5);
    }

    @ParameterizedTest(name = "{0} of 4 down in the own zone leaves it {1}")
    @CsvSource({"0, 1", "1, 1", "2, 0.714", "3, 0.357", "4, 0"})
    void aZoneKeepsItsRequestsUntilTooFewAreLeftInIt(int down, double share) {
        table = build(
                null,
                in("a", "here"),
                in("b", "here"),
                in("c", "here"),
                in("d", "here"),
                in("x", "there"),
                in("y", "-"));
        for (int i = 0; i < down; i++) {
            health(List.of("a", "b", "c", "d").get(i), Health.FAILING);
        }
        double elsewhere = share("x", 0) + share("y", 0);
        assertThat(elsewhere).isCloseTo(1 - share, within(0.001));
        assertThat(share("x", 0)).isEqualTo(share("y", 0));
    }

    @Test
    void withoutAnyElsewhereTheOwnZoneCarriesAll() {
        table = build(null, in("a", "here"), in("b", "here"), in("c", "here"));
        health("a", Health.FAILING);
        health("b", Health.FAILING);
        assertThat(share("c", 0)).isEqualTo(1);
    }

    @Test
    void withoutAnyInTheOwnZoneAllOthersShare() {
        table = build(null, in("x", "there"), in("y", "-"));
        assertThat(share("x", 0)).isEqualTo(0.5);
    }

    @Test
    void inAPanicAllAreUsedWhereverTheyAre() {
        table = build(null, in("a", "here"), in("x", "there"));
        health("a", Health.FAILING);
        health("x", Health.FAILING);
        assertThat(share("a", 0)).isEqualTo(0.5);
    }

    @Test
    void panicBeginsBelowItsShare() {
        panic = new Panic(0.5, Panic.Mode.USE_ALL);
        table = build(null, in("a", "-"), in("b", "-"), in("c", "-"), in("d", "-"));
        health("a", Health.FAILING);
        health("b", Health.FAILING);
        assertThat(service().panic(0)).isFalse();
        assertThat(share("a", 0)).isZero();
        health("c", Health.FAILING);
        assertThat(service().panic(0)).isTrue();
        assertThat(share("a", 0)).isEqualTo(0.25);
    }

    @Test
    void theLastKnownOnesAreUsedInAPanicIfThatIsWanted() {
        panic = new Panic(0, Panic.Mode.LAST_KNOWN);
        table = build(null, in("a", "-"), in("b", "-"), in("c", "-"));
        health("a", Health.FAILING);
        assertThat(service().panic(0)).isFalse();
        health("b", Health.FAILING);
        health("c", Health.FAILING);
        assertThat(service().panic(0)).isTrue();
        assertThat(share("a", 0)).isZero();
        assertThat(share("b", 0)).isEqualTo(0.5);
        table = build(table, in("a", "-"), in("b", "-"), in("d", "-"));
        health("d", Health.FAILING);
        assertThat(share("b", 0)).as("c is gone").isEqualTo(1);
    }

    @Test
    void ifNothingWasEverUpAllAreTheLastKnown() {
        panic = new Panic(0, Panic.Mode.LAST_KNOWN);
        table = build(null, in("a", "-"), in("b", "-"));
        health("a", Health.FAILING);
        health("b", Health.FAILING);
        assertThat(share("a", 0)).isEqualTo(0.5);
    }

    @Test
    void nothingIsUsedInAPanicIfThatIsWanted() {
        panic = new Panic(0.6, Panic.Mode.FAIL);
        table = build(null, in("a", "-"), in("b", "-"));
        health("a", Health.FAILING);
        assertThat(service().panic(0)).isTrue();
        assertThat(share("b", 0)).as("it is up").isEqualTo(1);
        health("b", Health.FAILING);
        assertThat(service().panic(0)).isTrue();
        assertThat(share("b", 0)).isZero();
    }

    private static Registration in(String id, String zone) {
        Registration plain = registration("web", id, "127.0.0.1", 1000 + id.charAt(0));
        return new Registration(
                plain.service(),
                plain.id(),
                plain.host(),
                plain.port(),
                plain.weight(),
                plain.state(),
                zone.equals("-") ? Map.of() : Map.of("zone", zone),
                Map.of());
    }

    private RoutingTable build(@Nullable RoutingTable before, Registration... registrations) {
        BalancingConfig balancing =
                new BalancingConfig(Algorithm.RANDOM, new HashKey.Path(), slowStart, 0.7, null, panic);
        ProxydConfig plain = SampleConfig.config(SampleConfig.service("web", balancing));
        RuntimeConfig runtime = plain.runtime();
        ProxydConfig config = new ProxydConfig(
                new RuntimeConfig(
                        runtime.eventLoops(),
                        runtime.transport(),
                        runtime.drainTimeout(),
                        "here",
                        runtime.memoryShare()),
                plain.listeners(),
                plain.admin(),
                plain.registry(),
                plain.evidence(),
                plain.services(),
                plain.routes(),
                plain.accessLog());
        RoutingTable built = builder.build(config, SampleConfig.view(registrations), before);
        built.backends()
                .filter(b -> b.address() == null)
                .forEach(b -> b.address(new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), b.key().port())));
        return built;
    }

    private Service service() {
        return Objects.requireNonNull(table.services().get("web"));
    }

    private void health(String id, Health health) {
        backend(id).health(new HealthVerdict(health, "as the test says", Instant.EPOCH));
    }

    private double share(String id, long nowNanos) {
        Score score = service().score(backend(id), nowNanos);
        return score == null ? 0 : score.value();
    }

    private LiveBackend backend(String id) {
        return table.backends().filter(b -> b.key().id().equals(id)).findFirst().orElseThrow();
    }
}
