package io.proxyd.proxy.evidence;

import static io.proxyd.proxy.evidence.Weighing.HOLD;
import static io.proxyd.proxy.evidence.Weighing.WINDOW;
import static io.proxyd.proxy.evidence.Weighing.leased;
import static io.proxyd.proxy.evidence.Weighing.of;
import static io.proxyd.proxy.evidence.Weighing.plain;
import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.Registration.State;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of backends that leave the registry together. */
class BrakeTest {
    private final Weighing weighing = new Weighing();

    @Test
    void moreThanTheShareIsHeld() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
        EvidenceStatus.Brake brake = weighing.status().brakes().get(0);
        assertThat(brake)
                .isEqualTo(new EvidenceStatus.Brake("web", 2, 1, Weighing.START, "2 of 3 left within 1m", HOLD));
        assertThat(weighing.told())
                .endsWith(
                        "a held: it left the registry: 2 of 3 left within 1m",
                        "b held: it left the registry: 2 of 3 left within 1m",
                        "web brake-engaged: 2 held, 1 still registered: 2 of 3 left within 1m");
    }

    @Test
    void theShareItselfIsNot() {
        weighing.hear(leased("a"), leased("b"), leased("c"), leased("d")).hear(leased("c"), leased("d"));
        assertThat(weighing.there()).containsExactly("a probation", "b probation", "c", "d");
    }

    @Test
    void fewerThanTheMinimumAreNot() {
        weighing.hear(leased("a"), of("api", "x", 80, State.UP)).hear(of("api", "x", 80, State.UP));
        assertThat(weighing.there()).containsExactly("a probation");
    }

    @Test
    void departuresAddUpWithinTheWindowAndThoseOnProbationJoin() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a probation", "b", "c");
        weighing.pass(WINDOW).hear(leased("c"));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
    }

    @Test
    void departuresFurtherApartThanTheWindowDoNotAddUp() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.pass(WINDOW.plusMillis(1)).hear(leased("c"));
        assertThat(weighing.there()).containsExactly("a probation", "b probation", "c");
    }

    @Test
    void oneThatCameBackDoesNotCount() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("a"), leased("c"));
        assertThat(weighing.there()).containsExactly("a", "b probation", "c");
    }

    @Test
    void aServiceWhoseBackendsAreReplacedOneByOneIsNotShrinking() {
        weighing.hear(plain("stays"), plain("x0"));
        for (int i = 1; i <= 8; i++) {
            weighing.hear(plain("stays"));
            assertThat(weighing.there()).containsExactly("stays");
            weighing.hear(plain("stays"), plain("x" + i));
        }
    }

    @Test
    void oneWithoutALeaseIsHeldTooWhenManyAreDeleted() {
        weighing.hear(plain("a"), plain("b"), plain("c")).hear(plain("c"));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
    }

    @Test
    void evenDeletionsOnPurposeAreHeldWhenThereAreMany() {
        weighing.hear(leased("a"), leased("b"), leased("c"))
                .released("web/a", "web/b")
                .hear(leased("c"));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
        weighing.hear(leased("c"), of("api", "x", 80, State.UP));
        assertThat(weighing.there()).as("heard once more").containsExactly("a brake", "b brake", "c");
    }

    @Test
    void whatWasDrainingIsNeitherHeldNorCounted() {
        Registration a = of("web", "a", 80, State.DRAINING).leased(true);
        Registration b = of("web", "b", 80, State.DRAINING).leased(true);
        weighing.hear(a, b, leased("c"), leased("d")).hear(leased("d"));
        assertThat(weighing.there()).containsExactly("c probation", "d");
    }

    @Test
    void aViewThatIsEmptiedIsHeldEvenIfItWasOne() {
        weighing.hear(plain("a")).hear();
        assertThat(weighing.there()).containsExactly("a brake");
        assertThat(weighing.told())
                .endsWith("web brake-engaged: 1 held, 0 still registered:"
                        + " the registry lists nothing any more, where it listed 1");
    }

    @Test
    void aViewOfWhichNothingIsUnderstoodAnyMoreCountsAsEmptied() {
        weighing.hear(plain("a"))
                .quarantined(new Quarantined("/services/web/a", "value is empty"))
                .hear();
        assertThat(weighing.there()).containsExactly("a brake");
        assertThat(weighing.told()).contains("null quarantined: /services/web/a: value is empty");
    }

    @Test
    void whatWasDrainingEmptiesTheViewForGood() {
        weighing.hear(of("web", "a", 80, State.DRAINING)).hear();
        assertThat(weighing.there()).isEmpty();
    }

    @Test
    void oneOfManyServicesThatIsEmptiedAloneIsJudgedByItsShare() {
        weighing.hear(plain("a"), of("api", "x", 80, State.UP)).hear(of("api", "x", 80, State.UP));
        assertThat(weighing.there()).isEmpty();
    }

    @Test
    void afterABrokenHistoryWhatIsMissingIsHeldAndTheRestStays() {
        weighing.hear(leased("a"), leased("b"), leased("c"), leased("d"), of("api", "x", 80, State.UP));
        weighing.lineage(1, false).hear(leased("b"), leased("c"), leased("d"), leased("e"));
        assertThat(weighing.there()).containsExactly("a brake", "b", "c", "d", "e");
        assertThat(weighing.there("api")).containsExactly("x brake");
        assertThat(weighing.told()).contains("null history-broke: cluster id 8, expected 7");
        assertThat(weighing.status().brakes())
                .extracting(EvidenceStatus.Brake::service)
                .containsExactly("api", "web");
        weighing.hear(leased("b"), leased("c"), leased("d"));
        assertThat(weighing.there())
                .as("the service's brake holds, so further departures join")
                .containsExactly("a brake", "b", "c", "d", "e brake");
    }

    @Test
    void aHistoryIsHeldAgainstNobodyOnceItWasHeard() {
        weighing.hear(leased("a"), leased("b"), leased("c")).lineage(1, false);
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a probation", "b", "c");
    }

    @Test
    void furtherDeparturesJoin() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        weighing.pass(WINDOW.plusSeconds(1)).hear();
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c brake");
    }

    @Test
    void whatIsListedAgainIsSimplyRegistered() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        weighing.hear(leased("a"), leased("c"));
        assertThat(weighing.there()).containsExactly("a", "b brake", "c");
        weighing.hear(leased("a"), leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a", "b", "c");
        assertThat(weighing.status()).isEqualTo(EvidenceStatus.NOTHING);
        assertThat(weighing.told())
                .endsWith(
                        "b returned: it is registered again; the brake held it",
                        "web brake-released: it holds none any more");
    }

    @Test
    void failingChecksLetGo() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        weighing.health("web/a", Health.FAILING).look();
        assertThat(weighing.there()).containsExactly("b brake", "c");
        weighing.health("web/b", Health.FAILING).look();
        assertThat(weighing.there()).containsExactly("c");
        assertThat(weighing.status().brakes()).isEmpty();
    }

    @Test
    void whatFailsAlreadyIsNotHeld() {
        weighing.health("web/a", Health.FAILING)
                .hear(leased("a"), leased("b"), leased("c"))
                .hear(leased("c"));
        assertThat(weighing.there()).containsExactly("b brake", "c");
        Weighing dead = new Weighing();
        dead.health("web/a", Health.FAILING).health("web/b", Health.FAILING);
        dead.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        assertThat(dead.there()).containsExactly("c");
        assertThat(dead.status().brakes()).isEmpty();
    }

    @Test
    void withoutAHealthCheckItIsHeldAsLongAsItIsNotEjected() {
        weighing.health("web/a", Health.NOT_CHECKED).health("web/b", Health.NOT_CHECKED);
        weighing.hear(plain("a"), plain("b"), plain("c")).hear(plain("c")).look();
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
        weighing.ejected("web/a").look();
        assertThat(weighing.there()).containsExactly("b brake", "c");
    }

    @Test
    void afterItsTimeItLetsGo() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        weighing.pass(HOLD.minusMillis(1));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
        weighing.pass(Duration.ofMillis(1));
        assertThat(weighing.there()).containsExactly("c");
        assertThat(weighing.told()).contains("a dropped: the registry kept to it for 3m");
    }

    @Test
    void onlyTimeWithAConnectedRegistryCounts() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("c"));
        weighing.pass(HOLD.minusSeconds(1)).connected(false).pass(HOLD.multipliedBy(10));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c");
        assertThat(weighing.status().kept("web", "a")).satisfies(kept -> {
            assertThat(kept).isNotNull();
            assertThat(kept == null ? null : kept.left()).isEqualTo(Duration.ofSeconds(1));
            assertThat(kept != null && kept.counting()).isFalse();
        });
        weighing.connected(true).pass(Duration.ofSeconds(1));
        assertThat(weighing.there()).containsExactly("c");
    }

    @Test
    void anOperatorLetsGoOfOneServiceOrAll() {
        weighing.hear(leased("a"), of("api", "x", 80, State.UP)).hear();
        assertThat(weighing.evidence().accept("shop")).isZero();
        assertThat(weighing.evidence().accept("api")).isEqualTo(1);
        assertThat(weighing.there("api")).isEmpty();
        assertThat(weighing.there()).containsExactly("a brake");
        assertThat(weighing.evidence().accept(null)).isEqualTo(1);
        assertThat(weighing.there()).isEmpty();
        assertThat(weighing.told())
                .contains("web brake-accepted: 1 backend let go", "a dropped: an operator accepted it");
    }

    @Test
    void anOperatorDoesNotEndProbations() {
        weighing.hear(leased("a"), leased("b"), leased("c")).hear(leased("b"), leased("c"));
        assertThat(weighing.evidence().accept(null)).isZero();
        assertThat(weighing.there()).contains("a probation");
    }

    @Test
    void onceReleasedItCountsAnew() {
        weighing.hear(leased(10)).hear(leased("z"));
        assertThat(weighing.evidence().accept("web")).isEqualTo(10);
        weighing.hear(leased("y"), leased("z")).hear(leased("z"));
        assertThat(weighing.there()).containsExactly("y probation", "z");
    }

    @Test
    void aBurstIsToldInOneEntryOfTheJournal() {
        Registration[] all = leased(1000);
        weighing.hear(all);
        weighing.hear(Arrays.copyOf(all, 1));
        assertThat(weighing.there()).hasSize(1000);
        assertThat(weighing.told())
                .hasSize(3)
                .element(1)
                .isEqualTo("web held: 999 backends (b0001, b0002, b0003, b0004, b0005, …):"
                        + " it left the registry: 999 of 1000 left within 1m");
    }

    @Test
    void theFirstCatalogIsMeasuredAgainstTheRememberedOne() {
        weighing.lineage(0, true).hear(leased("a"), leased("b"), leased("c"), leased("d"));
        assertThat(weighing.view().rosters().get("web")).satisfies(roster -> {
            assertThat(roster != null && roster.remembered()).isTrue();
        });
        weighing.evidence().snapshotInUse();
        weighing.health("web/a", Health.UNCHECKED).lineage(0, false);
        weighing.hear(leased("d"));
        assertThat(weighing.there()).containsExactly("a brake", "b brake", "c brake", "d");
        assertThat(weighing.told())
                .contains(
                        "null snapshot-in-use: 4 registrations of revision 1",
                        "null snapshot-replaced: the registry answers, with 1 registration of revision 2");
    }

    @Test
    void oneThatIsMissingFromTheFirstCatalogGoesOnProbation() {
        weighing.lineage(0, true).hear(leased("a"), leased("b"), leased("c"));
        weighing.lineage(0, false).hear(leased("b"), leased("c"));
        assertThat(weighing.there()).containsExactly("a probation", "b", "c");
    }

    @Test
    void manyServicesAreWeighedApart() {
        List<String> services = List.of("a", "b", "c", "d", "e", "f", "g");
        Registration[] all = services.stream()
                .flatMap(s -> List.of("1", "2", "3").stream().map(id -> of(s, id, 80, State.UP)))
                .toArray(Registration[]::new);
        weighing.hear(all);
        weighing.hear(Arrays.stream(all)
                .filter(r -> r.service().equals("a") || r.id().equals("1"))
                .toArray(Registration[]::new));
        assertThat(weighing.there("a")).containsExactly("1", "2", "3");
        assertThat(weighing.there("g")).containsExactly("1", "2 brake", "3 brake");
        assertThat(weighing.status().brakes()).hasSize(6);
    }
}
