package io.proxyd.proxy.route;

import io.proxyd.config.RouteConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Intents;
import io.proxyd.proxy.http.RequestHead;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The immutable object that requests are served from. An exchange reads the reference to it once. */
public final class RoutingTable {
    private final List<RouteConfig> routes;
    private final Map<String, Service> services;
    private final Catalog catalog;
    private final Router router;

    RoutingTable(List<RouteConfig> routes, Map<String, Service> services, Catalog catalog) {
        this.routes = routes;
        this.services = services;
        this.catalog = catalog;
        this.router = new Router(routes, services);
    }

    /** The service that a request goes to, or null if no route matches. */
    public @Nullable Service route(RequestHead head) {
        return router.find(head);
    }

    public List<RouteConfig> routes() {
        return routes;
    }

    /** By name, in the order of the configuration. */
    public Map<String, Service> services() {
        return services;
    }

    /** What it was built from. */
    public Catalog catalog() {
        return catalog;
    }

    /** What the operators want. */
    public Intents intents() {
        return Intents.NONE;
    }

    /** The backends of all services. */
    public Stream<LiveBackend> backends() {
        return services.values().stream().flatMap(s -> s.backends().stream());
    }
}
