package io.proxyd.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.exchange.RetryRules.Verdict;
import io.proxyd.proxy.http.FailureKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetryRulesTest {
    @Test
    void sendsElsewhereWhatWasNotSentWhateverTheMethod() {
        assertThat(judge(FailureKind.CONNECT_FAILED, Progress.NOTHING_SENT, false, false))
                .isEqualTo(Verdict.AGAIN);
    }

    @Test
    void repeatsWhatWasSentOnlyIfThatIsHarmless() {
        assertThat(judge(FailureKind.BACKEND_CLOSED, Progress.REQUEST_SENT, true, true))
                .isEqualTo(Verdict.AGAIN);
        assertThat(judge(FailureKind.BACKEND_CLOSED, Progress.REQUEST_SENT, false, true))
                .isEqualTo(Verdict.NOT_IDEMPOTENT);
        assertThat(judge(FailureKind.BACKEND_CLOSED, Progress.REQUEST_SENT, true, false))
                .isEqualTo(Verdict.BODY_GONE);
    }

    @ParameterizedTest
    @EnumSource
    void neverTakesBackWhatTheClientHasSeen(FailureKind kind) {
        assertThat(judge(kind, Progress.RESPONSE_STARTED, true, true).again()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void repeatsOnlyWhatABackendIsToBlameFor(FailureKind kind) {
        assertThat(judge(kind, Progress.REQUEST_SENT, true, true).again())
                .isEqualTo(kind.side() == FailureKind.Side.BACKEND);
    }

    @Test
    void boundsTheAttempts() {
        assertThat(RetryRules.judge(null, Progress.NOTHING_SENT, true, true, 2, 3))
                .isEqualTo(Verdict.AGAIN);
        assertThat(RetryRules.judge(null, Progress.NOTHING_SENT, true, true, 3, 3))
                .isEqualTo(Verdict.ATTEMPTS_SPENT);
    }

    private static Verdict judge(FailureKind kind, Progress progress, boolean mayRepeat, boolean bodyAtHand) {
        return RetryRules.judge(kind, progress, mayRepeat, bodyAtHand, 1, 3);
    }
}
