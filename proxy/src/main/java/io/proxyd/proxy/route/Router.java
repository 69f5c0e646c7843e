package io.proxyd.proxy.route;

import io.proxyd.config.RouteConfig;
import io.proxyd.proxy.http.RequestHead;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a request: exact host before wildcard before any, a longer wildcard before a shorter one, and within
 * a host the longest path prefix. A host whose prefixes do not match falls through to the next. Immutable; no allocation.
 */
final class Router {
    private final Map<String, Service> services;
    private final ByteMap<PathTable> exactHosts;
    /** By what follows the star, such as {@code .example.org}. */
    private final ByteMap<PathTable> wildcards;

    private final PathTable anyHost;

    Router(List<RouteConfig> routes, Map<String, Service> services) {
        this.services = services;
        Map<String, Map<String, Route>> byHost = new HashMap<>();
        for (RouteConfig route : routes) {
            byHost.computeIfAbsent(route.host(), h -> new HashMap<>()).put(route.path(), routeTo(route));
        }
        Map<String, Route> any = byHost.remove("*");
        anyHost = new PathTable(any == null ? Map.of() : any);
        Map<String, PathTable> exact = new HashMap<>();
        Map<String, PathTable> suffixes = new HashMap<>();
        byHost.forEach((host, paths) -> {
            if (host.startsWith("*")) {
                suffixes.put(host.substring(1), new PathTable(paths));
            } else {
                exact.put(host, new PathTable(paths));
            }
        });
        exactHosts = new ByteMap<>(exact);
        wildcards = new ByteMap<>(suffixes);
    }

    /** The route of the request, or null if none matches. */
    @Nullable Route find(RequestHead head) {
        if (!exactHosts.isEmpty() || !wildcards.isEmpty()) {
            Route route = findByHost(head);
            if (route != null) {
                return route;
            }
        }
        return anyHost.find(head);
    }

    private @Nullable Route findByHost(RequestHead head) {
        byte[] bytes = head.bytes();
        int start = head.authorityStart();
        int end = head.hostEnd();
        if (end - start > 1 && bytes[end - 1] == '.') {
            end--; // the root label's dot names the same host
        }
        Route route = find(exactHosts.get(bytes, start, end), head);
        for (int i = start + 1; route == null && !wildcards.isEmpty() && i < end; i++) {
            if (bytes[i] == '.') {
                route = find(wildcards.get(bytes, i, end), head);
            }
        }
        return route;
    }

    private static @Nullable Route find(@Nullable PathTable paths, RequestHead head) {
        return paths == null ? null : paths.find(head);
    }

    private Route routeTo(RouteConfig route) {
        Service service = services.get(route.service());
        if (service == null) {
            throw new IllegalArgumentException("route to service " + route.service() + ", which is not configured");
        }
        return new Route(route, service);
    }
}
