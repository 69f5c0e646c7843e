package io.proxyd.config;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads {@code routes}. */
final class RouteReader {
    private record Rule(String host, String path) {}

    private static final ValueType<String> HOST = ValueType.ofText(
            "a host name without port, \"*.\" and a host name, or \"*\" for any host", RouteReader::host);
    private static final ValueType<String> PATH =
            ValueType.ofText("a path that starts with /, such as /api", RouteReader::path);

    private static final ValueType<RouteConfig.Priority> PRIORITY =
            ValueTypes.oneOf(entry("normal", RouteConfig.Priority.NORMAL), entry("high", RouteConfig.Priority.HIGH));

    private final ValueType<String> service;
    private final Unique<Rule> rules = new Unique<>();

    private RouteReader(Set<String> services, boolean isKnown) {
        service = ValueType.ofText("the name of a service", name -> isKnown ? service(name, services) : name);
    }

    static List<RouteConfig> read(Section root, Set<String> services) {
        // Services that could not be read at all would make every route look wrong.
        RouteReader reader = new RouteReader(services, !services.isEmpty() || root.isSound("services"));
        List<RouteConfig> routes = new ArrayList<>();
        root.sections("routes").forEach(section -> reader.readOne(section).ifPresent(routes::add));
        return List.copyOf(routes);
    }

    private Optional<RouteConfig> readOne(Section route) {
        Rule rule = new Rule(route.read("host", HOST), route.read("path", PATH));
        if (route.isSound()) {
            rules.earlier(rule, route.path(), route.line())
                    .ifPresent(earlier -> route.problem("host " + Quoted.text(rule.host()) + " with path "
                            + Quoted.text(rule.path()) + " is also " + earlier
                            + "; expected one route for each pair of host and path"));
        }
        RouteConfig.Priority priority = route.read("priority", PRIORITY);
        return route.find("service", service).map(name -> new RouteConfig(rule.host(), rule.path(), name, priority));
    }

    private static String host(String text) {
        String host = text.toLowerCase(Locale.ROOT);
        String name = host.startsWith("*.") ? host.substring(2) : host;
        if (host.equals("*") || HostText.isNameOrIpv4(name)) {
            return host;
        }
        if (name.matches(".*:[0-9]+")) {
            throw new BadValue("has a port");
        }
        throw new BadValue("is not a host");
    }

    /** Without a slash at its end: the border of a segment is there anyway. */
    private static String path(String text) {
        PathText.requireNormal(text);
        if (text.contains("//")) {
            throw BadValue.expecting("something between one / and the next", "has an empty segment");
        }
        return text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    private static String service(String name, Set<String> services) {
        if (services.contains(name)) {
            return name;
        }
        if (services.isEmpty()) {
            throw BadValue.expecting("a name written under services, where there is none", "is not a service");
        }
        throw BadValue.unknown("is not a service", DidYouMean.hint(name, services));
    }
}
