package io.proxyd.proxy.evidence;

import static io.proxyd.proxy.evidence.Weighing.PROBATION;
import static io.proxyd.proxy.evidence.Weighing.leased;
import static io.proxyd.proxy.evidence.Weighing.of;
import static io.proxyd.proxy.evidence.Weighing.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.Roster;
import io.proxyd.proxy.route.Source;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a backend that leaves the registry alone. */
class ProbationTest {
    private static final Duration TICK = Duration.ofMillis(200);

    private final Weighing weighing = new Weighing();

    @Test
    void aBackendWhoseLeaseEndedIsKeptWhileItPassesItsHealthCheck() {
        weighing.hear(leased("a"), leased("b"), leased("c"));
        weighing.hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a probation", "b", "c");
        assertThat(weighing.evidence().keeping()).isTrue();
        weighing.pass(PROBATION.minus(TICK));
        assertThat(weighing.there()).containsExactly("a probation", "b", "c");
        assertThat(weighing.told())
                .contains("a probation: its lease ended; kept for 5m at most, while its health check does not fail");
    }

    @Test
    void probationEndsByTheClock() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.connected(false).pass(PROBATION);
        assertThat(weighing.there()).containsExactly("b", "c");
        assertThat(weighing.evidence().keeping()).isFalse();
        assertThat(weighing.told()).endsWith("a dropped: its probation is over and it did not register again");
    }

    @Test
    void aFailingHealthCheckEndsIt() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.health("web/a", Health.FAILING).look();
        assertThat(weighing.there()).containsExactly("b", "c");
        assertThat(weighing.told()).endsWith("a dropped: its health check fails: as the test says");
    }

    @Test
    void aRegistrationThatComesBackEndsIt() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.hear(leased("a"), leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a", "b", "c");
        assertThat(weighing.evidence().keeping()).isFalse();
        assertThat(weighing.told()).endsWith("a returned: it is registered again; it was on probation");
    }

    @Test
    void itsTimeBeginsAnewWhenItLeavesAgain() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.pass(PROBATION.minus(TICK)).hear(leased("a"), leased("b"), leased("c"));
        weighing.hear(leased("b"), leased("c")).pass(PROBATION.minus(TICK));
        assertThat(weighing.there()).contains("a probation");
    }

    @Test
    void oneThatAnotherAddressReplacesIsDroppedAtOnce() {
        Registration moved = of("web", "a", 81, State.UP).leased(true);
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.hear(moved, leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a", "b", "c");
        assertThat(weighing.told()).endsWith("a moved: from 10.0.0.1:80 to 10.0.0.1:81");
    }

    @Test
    void anIdThatMovesWhileRegisteredLeavesNothingBehind() {
        weighing.hear(leased("a")).hear(of("web", "a", 81, State.UP).leased(true));
        assertThat(weighing.there()).containsExactly("a");
        assertThat(weighing.evidence().keeping()).isFalse();
    }

    @Test
    void oneThatWasDrainingIsDroppedAtOnce() {
        Registration draining = of("web", "a", 80, State.DRAINING).leased(true);
        weighing.hear(leased("a"), leased("b")).hear(draining, leased("b")).hear(leased("b"));
        assertThat(weighing.there()).containsExactly("b");
        assertThat(weighing.told()).endsWith("a changed: state up to draining", "a dropped: it was draining");
    }

    @Test
    void oneThatAnOperatorDrainedIsDroppedAtOnce() {
        weighing.drained("web/a").hear(leased("a"), leased("b")).hear(leased("b"));
        assertThat(weighing.there()).containsExactly("b");
        assertThat(weighing.told()).endsWith("a dropped: an operator drained it");
    }

    @Test
    void oneThatWasDeletedOnPurposeIsDroppedAtOnce() {
        weighing.hear(leased("a"), leased("b"), leased("c")).released("web/a").hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
        assertThat(weighing.told()).endsWith("a dropped: its registration was deleted on purpose");
    }

    @Test
    void thatItWasDeletedOnPurposeMayBeFoundOutLater() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(weighing.there()).contains("a probation");
        weighing.released("web/a").hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
    }

    @Test
    void oneWithoutALeaseIsDroppedAtOnce() {
        weighing.hear(plain("a"), plain("b"), plain("c")).hear(plain("b"), plain("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
        assertThat(weighing.told())
                .endsWith("a dropped: its registration was deleted; there was no lease that could have ended");
    }

    @Test
    void withoutAHealthCheckNothingProvesThatItLives() {
        weighing.health("web/a", Health.NOT_CHECKED)
                .hear(leased("a"), leased("b"), leased("c"))
                .hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
    }

    @Test
    void aHealthCheckThatIsTakenAwayEndsIt() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.health("web/a", Health.NOT_CHECKED).look();
        assertThat(weighing.there()).containsExactly("b", "c");
    }

    @Test
    void oneThatIsKnownToFailIsDroppedAtOnce() {
        weighing.health("web/a", Health.FAILING)
                .hear(leased("a"), leased("b"), leased("c"))
                .hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
    }

    @ParameterizedTest
    @EnumSource(names = {"PASSING", "UNCHECKED"})
    void oneThatWasNeverCheckedHasTheBenefitOfTheDoubt(Health health) {
        weighing.health("web/a", health)
                .hear(leased("a"), leased("b"), leased("c"))
                .hear(leased("b"), leased("c"));
        assertThat(weighing.there()).contains("a probation");
    }

    @Test
    void oneThatTheConfigurationNamesIsNotKeptBesides() {
        weighing.configured("web/a").hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
    }

    @Test
    void probationCanBeTurnedOff() {
        Weighing strict = new Weighing(Duration.ZERO);
        strict.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(strict.there()).containsExactly("b", "c");
    }

    @Test
    void aServiceThatThisProxyHasNotIsFollowedToTheLetter() {
        weighing.foreign("web", true)
                .hear(leased("a"), leased("b"), leased("c"))
                .hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("b", "c");
        assertThat(weighing.told()).isEmpty();
    }

    @Test
    void aServiceThatIsTakenOutOfTheConfigurationLetsGo() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.foreign("web", true);
        assertThat(weighing.there()).containsExactly("b", "c");
        weighing.foreign("web", false).hear(leased("b"));
        assertThat(weighing.there()).as("what is configured later is weighed").containsExactly("b", "c probation");
    }

    @Test
    void theStatusSaysForHowMuchLonger() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.connected(false).pass(Duration.ofSeconds(108));
        assertThat(weighing.status().kept("web", "a"))
                .isEqualTo(new EvidenceStatus.Kept(
                        "web", "a", Source.PROBATION, Weighing.START, Duration.ofSeconds(192), true));
        assertThat(weighing.status().probation()).containsEntry("web", 1);
        assertThat(weighing.status().brakes()).isEmpty();
        assertThat(weighing.status().kept("web", "b")).isNull();
    }

    @Test
    void aListThatDidNotChangeStaysTheSameObject() {
        Registration other = of("api", "x", 80, State.UP);
        weighing.hear(leased("a"), leased("b"), other);
        Roster before = weighing.view().rosters().get("api");
        weighing.hear(leased("b"), other);
        Roster after = weighing.view().rosters().get("api");
        assertThat(before).isNotNull();
        assertThat(after).isEqualTo(before);
        assertThat(after == null || before == null ? null : after.registered())
                .isSameAs(before == null ? "" : before.registered());
    }
}
