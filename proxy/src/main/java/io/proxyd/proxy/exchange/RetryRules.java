package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.FailureKind;
import org.jspecify.annotations.Nullable;

/** Whether an attempt that failed, or is given up, may be followed by another one: a pure function. */
final class RetryRules {
    /** The answer, with its reason. */
    enum Verdict {
        AGAIN("it can be answered by another attempt"),
        CLIENT_KNOWS("the client has seen a part of the response"),
        NOT_THE_BACKEND("no backend is to blame"),
        ATTEMPTS_SPENT("it has had all the attempts that retries.attempts allows"),
        NOT_IDEMPOTENT("it was sent, and its method does not allow to send it twice"),
        BODY_GONE("it was sent, and its body was too long to keep");

        private final String reason;

        Verdict(String reason) {
            this.reason = reason;
        }

        boolean again() {
            return this == AGAIN;
        }

        /** In words for the operator, of the request. */
        String reason() {
            return reason;
        }
    }

    private RetryRules() {}

    /**
     * Decides. The retry budget is asked after that, as it changes by being asked.
     *
     * <ul>
     *   <li>A response of which the client has seen a part is never taken back.
     *   <li>What no backend is to blame for, no other one can put right.
     *   <li>What was not sent may be sent elsewhere, whatever the method.
     *   <li>What was sent may have been executed. It may be sent again if that makes no difference (RFC 9110 section 9.2.2), and if
     *       its body is still at hand.
     * </ul>
     *
     * @param kind null for an attempt that did not fail, but is late or was answered with a status that is worth another attempt
     * @param mayRepeat whether executing the request twice is as good as once
     * @param bodyAtHand whether the whole body can be sent again; true without a body
     * @param attempts made so far, this one included
     * @param maxAttempts in all
     */
    static Verdict judge(
            @Nullable FailureKind kind,
            Progress progress,
            boolean mayRepeat,
            boolean bodyAtHand,
            int attempts,
            int maxAttempts) {
        if (progress == Progress.RESPONSE_STARTED) {
            return Verdict.CLIENT_KNOWS;
        }
        if (kind != null && kind.side() != FailureKind.Side.BACKEND) {
            return Verdict.NOT_THE_BACKEND;
        }
        if (attempts >= maxAttempts) {
            return Verdict.ATTEMPTS_SPENT;
        }
        if (progress == Progress.NOTHING_SENT) {
            return Verdict.AGAIN;
        }
        if (!mayRepeat) {
            return Verdict.NOT_IDEMPOTENT;
        }
        return bodyAtHand ? Verdict.AGAIN : Verdict.BODY_GONE;
    }
}
