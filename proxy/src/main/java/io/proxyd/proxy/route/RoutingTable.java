package io.proxyd.proxy.route;

import io.proxyd.config.RouteConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.proxy.http.RequestHead;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The immutable object that requests are served from. An exchange reads the reference to it once. */
public final class RoutingTable {
    private final List<RouteConfig> routes;
    private final Map<String, Service> services;
    private final RegistryView view;
    private final Router router;

    RoutingTable(List<RouteConfig> routes, Map<String, Service> services, RegistryView view) {
        this.routes = routes;
        this.services = services;
        this.view = view;
        this.router = new Router(routes, services);
    }

    /** The route of a request, or null if none matches. */
    public @Nullable Route route(RequestHead head) {
        return router.find(head);
    }

    /** The service that stands in for this one; null if there is none. */
    public @Nullable Service fallback(Service failing) {
        String name = failing.config().fallback().service();
        return name == null ? null : services.get(name);
    }

    public List<RouteConfig> routes() {
        return routes;
    }

    /** By name, in the order of the configuration. */
    public Map<String, Service> services() {
        return services;
    }

    /** What it was built from, beside the configuration. */
    public RegistryView view() {
        return view;
    }

    /** The newest catalog when it was built. */
    public Catalog catalog() {
        return view.catalog();
    }

    /** The backends of all services. */
    public Stream<LiveBackend> backends() {
        return services.values().stream().flatMap(s -> s.backends().stream());
    }
}
