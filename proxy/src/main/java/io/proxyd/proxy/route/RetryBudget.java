package io.proxyd.proxy.route;

import io.proxyd.config.ServiceConfig;
import java.util.concurrent.TimeUnit;

/**
 * How many further attempts a service may have on one event loop: a share of its requests of the last {@value #SECONDS} seconds, and
 * a floor. So a backend that fails everything adds no more than that share to the load of the others. On the event loop.
 */
public final class RetryBudget {
    private static final int SECONDS = 10;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final double partOfFloor;
    private final int[] requests = new int[SECONDS];
    private final int[] spent = new int[SECONDS];
    private long second = Long.MIN_VALUE;
    private int place;
    private long allRequests;
    private long allSpent;

    /** @param loops among which the floor is shared */
    public RetryBudget(int loops) {
        partOfFloor = (double) SECONDS / loops;
    }

    /** A request has come. */
    public void requested(long nowNanos) {
        moveTo(nowNanos);
        requests[place]++;
        allRequests++;
    }

    /** Whether a further attempt may be made. */
    public boolean allows(ServiceConfig.Retries rule, long nowNanos) {
        moveTo(nowNanos);
        return allSpent + 1 <= rule.budget() * allRequests + Math.max(1, rule.budgetFloor() * partOfFloor);
    }

    /** A further attempt is made. */
    public void spend(long nowNanos) {
        moveTo(nowNanos);
        spent[place]++;
        allSpent++;
    }

    private void moveTo(long nowNanos) {
        long now = Math.floorDiv(nowNanos, SECOND_NANOS);
        if (now == second) {
            return;
        }
        long steps = second == Long.MIN_VALUE ? SECONDS : Math.min(SECONDS, now - second);
        for (long i = 0; i < steps; i++) {
            place = (place + 1) % SECONDS;
            allRequests -= requests[place];
            allSpent -= spent[place];
            requests[place] = 0;
            spent[place] = 0;
        }
        second = now;
    }
}
