package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Method;

/** Whether a failed attempt may be followed by another one: a pure function. */
final class RetryRules {
    private RetryRules() {}

    /**
     * Decides.
     *
     * <ul>
     *   <li>A response that has started is never taken back.
     *   <li>What was not sent may be sent elsewhere, whatever the method.
     *   <li>What was sent may be sent again if the backend closed without a byte of a response, the method is idempotent (RFC
     *       9110 section 9.2.2) and the body is still at hand.
     *   <li>A backend that answered wrongly or too late is not asked elsewhere.
     * </ul>
     *
     * @param attempts made so far, the failed one included
     * @param maxAttempts in all
     */
    static boolean again(Failure failure, Method method, boolean bodyAtHand, int attempts, int maxAttempts) {
        if (attempts >= maxAttempts) {
            return false;
        }
        return switch (failure.progress()) {
            case NOTHING_SENT -> true;
            case REQUEST_SENT -> failure.kind() == FailureKind.BACKEND_CLOSED && method.idempotent() && bodyAtHand;
            case RESPONSE_STARTED -> false;
        };
    }
}
