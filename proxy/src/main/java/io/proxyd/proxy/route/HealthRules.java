package io.proxyd.proxy.route;

import io.proxyd.config.HealthCheckConfig;

/** What a health check's configuration means for picking. */
final class HealthRules {
    private HealthRules() {}

    static boolean checkedBeforeTraffic(HealthCheckConfig check) {
        if (check instanceof HealthCheckConfig.Http http) {
            return http.schedule().beforeTraffic();
        }
        return check instanceof HealthCheckConfig.Tcp tcp && tcp.schedule().beforeTraffic();
    }
}
