package io.proxyd.proxy.route;

import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.HealthCheckConfig.Schedule;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a health check's configuration means for picking. */
final class HealthRules {
    private HealthRules() {}

    static boolean checkedBeforeTraffic(HealthCheckConfig check) {
        Schedule schedule = schedule(check);
        return schedule != null && schedule.beforeTraffic();
    }

    /** Between two checks; zero where there are none. */
    static Duration interval(HealthCheckConfig check) {
        Schedule schedule = schedule(check);
        return schedule == null ? Duration.ZERO : schedule.interval();
    }

    private static @Nullable Schedule schedule(HealthCheckConfig check) {
        if (check instanceof HealthCheckConfig.Http http) {
            return http.schedule();
        }
        return check instanceof HealthCheckConfig.Tcp tcp ? tcp.schedule() : null;
    }
}
