package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.route.Ejection.Effect;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EjectionTest {
    private static final Duration BASE = Duration.ofSeconds(10);
    private static final Duration MAX = Duration.ofSeconds(60);
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final long startNanos = Long.MAX_VALUE - 1_000_000; // the clock may wrap around at any time
    private long nowNanos = startNanos;
    private final InstantSource clock = () -> NOON.plusNanos(nowNanos - startNanos);
    private boolean allowed = true;
    private final Ejection ejection =
            new Ejection(new ServiceConfig.Ejection(3, 5, 4, 1, 1, BASE, MAX), (share, now, ejecting) -> {
                if (allowed) {
                    ejecting.run();
                }
                return allowed;
            });

    @Test
    void eachFailureOnTrialDoublesTheLengthUpToTheLongest() {
        connectFails(2);
        for (int seconds : new int[] {10, 20, 40, 60, 60, 60}) {
            assertThat(connectFails(1)).isEqualTo(Effect.EJECTED);
            assertLength(Duration.ofSeconds(seconds));
            passTheEjection();
        }
        assertThat(ejection.total()).isEqualTo(6);
        assertThat(ejection.total(EjectionReason.CONNECT)).isEqualTo(6);
    }

    @Test
    void saysWhatItIsFor() {
        connectFails(3);
        assertThat(ejection.evidence()).isEqualTo("3 connects in a row failed");
        passTheEjection();
        connectFails(1);
        assertThat(ejection.evidence()).isEqualTo("a connect failed when it was tried again");
        assertThat(ejection.reason()).isEqualTo(EjectionReason.CONNECT);
        assertThat(ejection.since()).isEqualTo(NOON.plus(BASE));
    }

    @Test
    void aConnectThatOpensBreaksTheRowAndEndsWhatFailedConnectsBegan() {
        connectFails(2);
        ejection.connected(nowNanos, clock);
        assertThat(connectFails(2)).isEqualTo(Effect.NONE);
        assertThat(connectFails(1)).isEqualTo(Effect.EJECTED);
        pass(4 * SECOND);
        assertThat(ejection.connected(nowNanos, clock)).isEqualTo(Effect.ON_TRIAL);
        assertThat(ejection.active(nowNanos)).isFalse();
        assertThat(ejection.onTrial(nowNanos)).isTrue();
        assertThat(ejection.ended()).isEqualTo(NOON.plusSeconds(4));
    }

    @Test
    void aConnectThatOpensEndsNothingElse() {
        gatewayErrors(5);
        assertThat(ejection.connected(nowNanos, clock)).isEqualTo(Effect.NONE);
        assertThat(ejection.active(nowNanos)).isTrue();
        passTheEjection();
        ejection.connected(nowNanos, clock);
        assertThat(ejection.onTrial(nowNanos)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 503, 504})
    void gatewayErrorsInARowEject(int status) {
        for (int i = 0; i < 4; i++) {
            assertThat(ejection.answered(status, nowNanos, clock)).isEqualTo(Effect.NONE);
        }
        assertThat(ejection.gatewayError(nowNanos, clock))
                .as("no response at all counts alike")
                .isEqualTo(Effect.EJECTED);
        assertThat(ejection.evidence()).isEqualTo("5 gateway errors in a row");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 304, 404, 500, 501})
    void anyOtherAnswerBreaksTheRowOfGatewayErrors(int status) {
        gatewayErrors(4);
        answers(status, 1);
        assertThat(gatewayErrors(4)).isEqualTo(Effect.NONE);
        assertThat(gatewayErrors(1)).isEqualTo(Effect.EJECTED);
    }

    @Test
    void aConnectThatOpensDoesNotBreakTheRowOfGatewayErrors() {
        gatewayErrors(4);
        ejection.connected(nowNanos, clock);
        assertThat(gatewayErrors(1)).isEqualTo(Effect.EJECTED);
    }

    @Test
    void lateRequestsWithoutAnyAnswerEject() {
        answers(200, 1);
        long sent = nowNanos + SECOND;
        pass(2 * SECOND);
        assertThat(late(sent, 3)).isEqualTo(Effect.NONE);
        assertThat(late(sent, 1)).isEqualTo(Effect.EJECTED);
        assertThat(ejection.reason()).isEqualTo(EjectionReason.STALLED);
        assertThat(ejection.evidence()).isEqualTo("4 requests late and no answer since");
    }

    @Test
    void aBackendThatNeverAnsweredStallsToo() {
        assertThat(late(nowNanos - SECOND, 3)).isEqualTo(Effect.NONE);
        assertThat(late(nowNanos - SECOND, 1)).isEqualTo(Effect.EJECTED);
    }

    @Test
    void aShortSilenceIsNoStall() {
        long sent = nowNanos;
        pass(Ejection.STALL_NANOS - 1);
        assertThat(late(sent, 10)).isEqualTo(Effect.NONE);
        pass(1);
        assertThat(late(nowNanos, 1)).isEqualTo(Effect.EJECTED);
        assertThat(ejection.evidence()).isEqualTo("11 requests late and no answer since");
    }

    @Test
    void lateRequestsDoNotCountOnceAnotherOneWasAnswered() {
        long sent = nowNanos;
        late(sent, 3);
        pass(SECOND);
        answers(503, 1); // any answer shows that it does not stall
        assertThat(late(sent, 10)).as("sent before the answer").isEqualTo(Effect.NONE);
        pass(SECOND);
        long sentLater = nowNanos;
        pass(SECOND);
        assertThat(late(sentLater, 3)).as("a row of their own").isEqualTo(Effect.NONE);
        assertThat(late(sentLater, 1)).isEqualTo(Effect.EJECTED);
    }

    @Test
    void afterAnEjectionItIsTriedWithOneRequestAtATimeUntilItHasAnsweredThree() {
        gatewayErrors(5);
        assertThat(ejection.onTrial(nowNanos)).isFalse();
        passTheEjection();
        for (int i = 1; i <= Ejection.TRIAL_ANSWERS; i++) {
            assertThat(ejection.admits(nowNanos)).isTrue();
            assertThat(ejection.admits(nowNanos)).as("one at a time").isFalse();
            pass(SECOND / 100);
            assertThat(ejection.answered(200, nowNanos, clock))
                    .isEqualTo(i < Ejection.TRIAL_ANSWERS ? Effect.NONE : Effect.RESTORED);
        }
        assertThat(ejection.onTrial(nowNanos)).isFalse();
        assertThat(ejection.admits(nowNanos)).isTrue();
        assertThat(ejection.admits(nowNanos)).isTrue();
        assertThat(ejection.reason()).isNull();
    }

    @Test
    void aTrialOfWhichNothingIsHeardGoesOnWithAnotherRequest() {
        gatewayErrors(5);
        passTheEjection();
        assertThat(ejection.admits(nowNanos)).isTrue();
        pass(Ejection.TRIAL_PAUSE_NANOS - 1);
        assertThat(ejection.admits(nowNanos)).isFalse();
        pass(1);
        assertThat(ejection.admits(nowNanos)).isTrue();
    }

    @Test
    void aTrialWithFewRequestsEndsAfterAWhileOfGoodOnes() {
        gatewayErrors(5);
        passTheEjection();
        assertThat(answers(200, 1)).isEqualTo(Effect.NONE);
        pass(Ejection.TRIAL_NANOS);
        assertThat(answers(200, 1)).isEqualTo(Effect.RESTORED);
    }

    @Test
    void whatGoesWrongOnTrialEjectsAtOnceForTwiceAsLong() {
        gatewayErrors(5);
        passTheEjection();
        answers(200, 2);
        assertThat(gatewayErrors(1)).isEqualTo(Effect.EJECTED);
        assertLength(BASE.multipliedBy(2));
        passTheEjection();
        assertThat(late(nowNanos - 1, 10)).as("sent before the ejection ended").isEqualTo(Effect.NONE);
        long sent = nowNanos;
        pass(SECOND);
        assertThat(late(sent, 1)).as("it may have just started").isEqualTo(Effect.NONE);
        assertThat(late(sent, 1)).isEqualTo(Effect.EJECTED);
        assertLength(BASE.multipliedBy(4));
    }

    @Test
    void aRelapseIsPenalisedLongerThoughTheTrialWasPassed() {
        gatewayErrors(5);
        passTheEjection();
        answers(200, 3);
        pass(Duration.ofSeconds(99).toNanos());
        gatewayErrors(5);
        assertLength(BASE.multipliedBy(2));
    }

    @Test
    void calmMakesTheNextEjectionShorterAgain() {
        connectFails(3);
        for (int i = 0; i < 2; i++) {
            passTheEjection();
            connectFails(1);
        }
        assertLength(Duration.ofSeconds(40));
        passTheEjection();
        answers(200, 3);
        pass(Duration.ofSeconds(401).toNanos());
        connectFails(3);
        assertLength(Duration.ofSeconds(20));
        passTheEjection();
        answers(200, 3);
        pass(Duration.ofSeconds(1000).toNanos());
        connectFails(3);
        assertLength(Duration.ofSeconds(10));
    }

    @Test
    void aHealthCheckThatPassesAgainEndsItEarlyButLaterEachTime() {
        gatewayErrors(5);
        assertThat(ejection.acquitted(nowNanos, clock))
                .as("not before the base")
                .isEqualTo(Effect.NONE);
        for (int i = 0; i < 2; i++) {
            passTheEjection();
            gatewayErrors(1);
        }
        assertLength(Duration.ofSeconds(40));
        assertThat(ejection.acquitted(nowNanos, clock)).isEqualTo(Effect.ON_TRIAL);
        assertLength(Duration.ofSeconds(30));
        assertThat(ejection.ended()).isEqualTo(clock.instant().plusSeconds(30));
    }

    @Test
    void aHealthCheckDoesNotDisproveAFailureRate() {
        ejection.outlier("fails 40 % of attempts, the others 2 %", nowNanos, clock);
        passTheEjection();
        ejection.outlier("fails 40 % of attempts, the others 2 %", nowNanos, clock);
        pass(15 * SECOND);
        assertThat(ejection.acquitted(nowNanos, clock)).isEqualTo(Effect.NONE);
        assertThat(ejection.active(nowNanos)).isTrue();
        assertThat(ejection.evidence()).isEqualTo("fails 40 % of attempts, the others 2 %");
    }

    @Test
    void whatHappensWhileItIsOutDoesNotLengthenIt() {
        connectFails(3);
        long end = ejection.endNanos();
        pass(1_000);
        connectFails(10);
        gatewayErrors(10);
        late(nowNanos, 10);
        ejection.outlier("fails", nowNanos, clock);
        assertThat(ejection.endNanos()).isEqualTo(end);
        assertThat(ejection.total()).isEqualTo(1);
    }

    @Test
    void whereTooManyAreOutItStaysAndIsAskedAgainOnlyForNewEvidence() {
        allowed = false;
        assertThat(connectFails(3)).isEqualTo(Effect.REFUSED);
        assertThat(ejection.active(nowNanos)).isFalse();
        assertThat(ejection.onTrial(nowNanos)).isFalse();
        assertThat(connectFails(2)).isEqualTo(Effect.NONE);
        allowed = true;
        assertThat(connectFails(1)).isEqualTo(Effect.EJECTED);
        assertLength(BASE);
    }

    @Test
    void zeroTurnsAKindOfEvidenceOff() {
        ejection.rule(new ServiceConfig.Ejection(0, 0, 0, 1, 1, BASE, MAX));
        connectFails(100);
        gatewayErrors(100);
        late(nowNanos, 100);
        assertThat(ejection.total()).isZero();
    }

    @Test
    void oneFailureMaySuffice() {
        ejection.rule(new ServiceConfig.Ejection(1, 1, 1, 1, 1, BASE, MAX));
        assertThat(connectFails(1)).isEqualTo(Effect.EJECTED);
        assertThat(ejection.evidence()).isEqualTo("a connect failed");
    }

    private Effect connectFails(int times) {
        Effect last = Effect.NONE;
        for (int i = 0; i < times; i++) {
            last = ejection.connectFailed(nowNanos, clock);
        }
        return last;
    }

    private Effect gatewayErrors(int times) {
        return answers(503, times);
    }

    private Effect answers(int status, int times) {
        Effect last = Effect.NONE;
        for (int i = 0; i < times; i++) {
            last = ejection.answered(status, nowNanos, clock);
        }
        return last;
    }

    private Effect late(long sentNanos, int times) {
        Effect last = Effect.NONE;
        for (int i = 0; i < times; i++) {
            last = ejection.late(sentNanos, nowNanos, clock);
        }
        return last;
    }

    private void pass(long nanos) {
        nowNanos += nanos;
    }

    private void passTheEjection() {
        nowNanos = ejection.endNanos();
        assertThat(ejection.active(nowNanos - 1)).isTrue();
        assertThat(ejection.active(nowNanos)).isFalse();
    }

    private void assertLength(Duration length) {
        assertThat(Duration.ofNanos(ejection.endNanos() - nowNanos)).isEqualTo(length);
        assertThat(ejection.active(nowNanos)).isTrue();
    }
}
