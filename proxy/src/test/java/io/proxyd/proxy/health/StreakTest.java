package io.proxyd.proxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.HealthCheckConfig.Schedule;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.SampleConfig;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreakTest {
    /** Outcomes as {@code +} and {@code -}; health after each as its first letter, with {@code N} for NOT_CHECKED. */
    @ParameterizedTest(name = "{0}, rise {1}, fall {2}: {3} makes {4}")
    @CsvSource({
        "UNCHECKED, 2, 3, +,         P",
        "UNCHECKED, 5, 5, +---,      PPPP",
        "UNCHECKED, 2, 3, -,         F",
        "UNCHECKED, 2, 3, -++,       FFP",
        "PASSING,   2, 3, ---,       PPF",
        "PASSING,   2, 3, --+--+---, PPPPPPPPF",
        "PASSING,   2, 1, -,         F",
        "FAILING,   3, 1, +++,       FFP",
        "FAILING,   3, 2, ++-++-+++, FFFFFFFFP",
        "FAILING,   1, 1, +-+,       PFP",
        "NOT_CHECKED, 3, 2, +,       P",
        "NOT_CHECKED, 3, 2, --,      NF",
        "NOT_CHECKED, 3, 2, -+--,    NPPF",
    })
    void healthFollowsRiseAndFall(Health start, int rise, int fall, String outcomes, String healths) {
        Schedule schedule = SampleConfig.schedule(Duration.ofSeconds(1), Duration.ofSeconds(1), rise, fall);
        Streak streak = new Streak();
        StringBuilder seen = new StringBuilder();
        Health health = start;
        for (int i = 0; i < outcomes.length(); i++) {
            health = streak.next(health, outcomes.charAt(i) == '+', schedule);
            seen.append(health.name().charAt(0));
        }
        assertThat(seen).hasToString(healths);
    }

    @ParameterizedTest
    @CsvSource({"+, 1 pass", "-, 1 failure", "+-, 1 failure", "---, 3 failures in a row", "-++, 2 passes in a row"})
    void tellsHowManyInARow(String outcomes, String text) {
        Schedule schedule = SampleConfig.schedule(Duration.ofSeconds(1), Duration.ofSeconds(1), 2, 2);
        Streak streak = new Streak();
        for (int i = 0; i < outcomes.length(); i++) {
            streak.next(Health.PASSING, outcomes.charAt(i) == '+', schedule);
        }
        assertThat(streak).hasToString(text);
    }
}
