package io.proxyd.proxy.route;

import io.proxyd.config.RouteConfig;

/** A route within one routing table. */
public record Route(RouteConfig config, Service service) {
    /** Whether its requests neither wait nor are turned away when the service has too many. */
    public boolean urgent() {
        return config.priority() == RouteConfig.Priority.HIGH;
    }
}
