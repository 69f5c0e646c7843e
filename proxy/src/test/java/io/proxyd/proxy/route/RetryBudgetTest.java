package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.ServiceConfig;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final RetryBudget budget = new RetryBudget(2);
    private long now = -5 * SECOND;

    @Test
    void allowsAShareOfTheRequests() {
        request(100);
        assertThat(spendAll(rule(0.2, 0))).isEqualTo(21); // one is always allowed
    }

    @Test
    void allowsThePartOfTheFloorOfThisLoop() {
        assertThat(spendAll(rule(0, 4))).isEqualTo(20); // 4 a second, 10 seconds, half of it
    }

    @Test
    void forgetsAfterTenSeconds() {
        request(100);
        spendAll(rule(0.2, 0));
        now += 9 * SECOND;
        assertThat(spendAll(rule(0.2, 0))).isZero();
        now += SECOND;
        assertThat(spendAll(rule(0.2, 0))).isEqualTo(1);
        now += 1000 * SECOND;
        request(10);
        assertThat(spendAll(rule(0.5, 0))).isEqualTo(6);
    }

    private void request(int times) {
        for (int i = 0; i < times; i++) {
            budget.requested(now);
        }
    }

    private int spendAll(ServiceConfig.Retries rule) {
        int spent = 0;
        while (budget.allows(rule, now)) {
            budget.spend(now);
            spent++;
        }
        return spent;
    }

    private static ServiceConfig.Retries rule(double share, int floor) {
        return new ServiceConfig.Retries(3, 0, 0, List.of(), false, share, floor);
    }
}
