package io.proxyd.proxy.health;

import io.proxyd.config.HealthCheckConfig.Schedule;
import io.proxyd.proxy.route.HealthVerdict.Health;

/** Passes and failures in a row of one backend, and what they make of its health. */
final class Streak {
    private int passes;
    private int failures;

    /**
     * Counts one more outcome. The first one decides over a backend that was never checked. One that serves without having been
     * checked, as its service got its checks later, is out only after as many failures as a passing one.
     *
     * @return the health that follows
     */
    Health next(Health before, boolean passed, Schedule schedule) {
        passes = passed ? passes + 1 : 0;
        failures = passed ? 0 : failures + 1;
        boolean decided =
                switch (before) {
                    case UNCHECKED -> true;
                    case PASSING -> failures >= schedule.fall();
                    case FAILING -> passes >= schedule.rise();
                    case NOT_CHECKED -> passed || failures >= schedule.fall();
                };
        if (!decided) {
            return before;
        }
        return passed ? Health.PASSING : Health.FAILING;
    }

    @Override
    public String toString() {
        return passes > 0 ? count(passes, "pass", "passes") : count(failures, "failure", "failures");
    }

    private static String count(int number, String one, String many) {
        return number == 1 ? "1 " + one : number + " " + many + " in a row";
    }
}
