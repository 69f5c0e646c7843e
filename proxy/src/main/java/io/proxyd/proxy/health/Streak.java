package io.proxyd.proxy.health;

import io.proxyd.config.HealthCheckConfig.Schedule;
import io.proxyd.proxy.route.HealthVerdict.Health;

/** Passes and failures in a row of one backend, and what they make of its health. */
final class Streak {
    private int passes;
    private int failures;
    /** Alike in a row, and at most as many as came since then. */
    private int sinceDoubt;

    /**
     * Counts one more outcome. The first one decides over a backend that was never checked. One that serves without having been
     * checked, as its service got its checks later, is out only after as many failures as a passing one.
     *
     * @return the health that follows
     */
    Health next(Health before, boolean passed, Schedule schedule) {
        sinceDoubt = passed == passes > 0 ? sinceDoubt + 1 : 1;
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

    /** Whether the newest outcomes speak against the verdict, so that more of them will show who is right. */
    boolean against(Health verdict) {
        return switch (verdict) {
            case UNCHECKED -> true;
            case PASSING, NOT_CHECKED -> failures > 0;
            case FAILING -> passes > 0;
        };
    }

    /** Whether there were enough alike in a row to settle a doubt that came up at the last {@link #doubt}. */
    boolean settles(Schedule schedule) {
        return sinceDoubt >= (passes > 0 ? schedule.rise() : schedule.fall());
    }

    /** Begins to count for {@link #settles}. */
    void doubt() {
        sinceDoubt = 0;
    }

    @Override
    public String toString() {
        return passes > 0 ? count(passes, "pass", "passes") : count(failures, "failure", "failures");
    }

    private static String count(int number, String one, String many) {
        return number == 1 ? "1 " + one : number + " " + many + " in a row";
    }
}
