package io.proxyd.config;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every key a configuration may have, with its default: the one list that the readers, the search for unknown keys and
 * the test of the documentation share.
 *
 * <p>In a path {@code []} stands for each item of a list and {@code NAME} for a name the operator chose.
 */
final class Schema {
    /** What happens when a key is left out. */
    enum Absence {
        /** The default is used, which is written as an operator would write it. */
        DEFAULT,
        /** The reader decides, by the rule that the default puts into words. */
        RULE,
        /** That is a problem. */
        REQUIRED
    }

    /** One key that has a value of its own; the keys above it are sections. */
    record Key(String path, Absence absence, String defaultText) {}

    static final List<Key> KEYS = List.of(
            key("runtime.event-loops", "auto"),
            key("runtime.transport", "auto"),
            key("runtime.drain-timeout", "30s"),
            rule("runtime.zone", "none"),
            key("runtime.memory-share", "0.8"),
            required("listeners[].address"),
            key("listeners[].max-connections", "16384"),
            key("listeners[].max-connections-per-client", "0"),
            rule("listeners[].trusted-proxies", "none"),
            key("listeners[].forwarding-fields", "x-forwarded"),
            rule("listeners[].via", "not sent"),
            key("listeners[].timeouts.request-head", "10s"),
            key("listeners[].timeouts.request-body", "30s"),
            key("listeners[].timeouts.response-body", "30s"),
            key("listeners[].timeouts.keep-alive", "60s"),
            key("listeners[].limits.request-target", "8KiB"),
            key("listeners[].limits.head", "32KiB"),
            key("listeners[].limits.header-fields", "128"),
            key("admin.address", "127.0.0.1:9901"),
            required("registry.etcd.endpoints"),
            key("registry.etcd.prefix", "/services/"),
            key("registry.etcd.control-prefix", "/proxyd/"),
            key("registry.etcd.audit-interval", "1m"),
            rule("registry.etcd.user", "none"),
            rule("registry.etcd.password-file", "none"),
            rule("registry.etcd.tls.ca", "what Java trusts"),
            rule("registry.etcd.tls.certificate", "none"),
            rule("registry.etcd.tls.key", "none"),
            required("registry.file.path"),
            rule("registry.snapshot", "catalog.json in the state directory that systemd gives, else off"),
            key("registry.probation", "5m"),
            key("registry.brake.share", "0.5"),
            key("registry.brake.minimum", "2"),
            key("registry.brake.window", "1m"),
            key("registry.brake.hold", "5m"),
            key("services.NAME.balance", "peak-ewma"),
            key("services.NAME.hash-key", "client-address"),
            key("services.NAME.slow-start", "10s"),
            key("services.NAME.zone-share", "0.7"),
            rule("services.NAME.backends", "none"),
            rule("services.NAME.health-check.type", "http if path is written, else tcp"),
            key("services.NAME.health-check.path", "/"),
            rule("services.NAME.health-check.host", "host and port of the backend"),
            key("services.NAME.health-check.status", "200-299"),
            rule("services.NAME.health-check.body", "any"),
            rule("services.NAME.health-check.headers", "none"),
            rule("services.NAME.health-check.draining-header", "none"),
            rule("services.NAME.health-check.draining-status", "none"),
            key("services.NAME.health-check.interval", "1s"),
            key("services.NAME.health-check.open-interval", "200ms"),
            key("services.NAME.health-check.jitter", "0.1"),
            key("services.NAME.health-check.timeout", "500ms"),
            key("services.NAME.health-check.rise", "2"),
            key("services.NAME.health-check.fall", "2"),
            key("services.NAME.health-check.before-traffic", "true"),
            key("services.NAME.ejection.connect-failures", "3"),
            key("services.NAME.ejection.gateway-errors", "5"),
            key("services.NAME.ejection.stalled", "3"),
            key("services.NAME.ejection.failure-rate", "0.2"),
            key("services.NAME.ejection.max-share", "0.5"),
            key("services.NAME.ejection.base", "2s"),
            key("services.NAME.ejection.max", "5m"),
            key("services.NAME.timeouts.connect", "1s"),
            key("services.NAME.timeouts.response-head", "60s"),
            key("services.NAME.timeouts.response-body", "60s"),
            key("services.NAME.timeouts.exchange", "none"),
            key("services.NAME.timeouts.tunnel-idle", "1h"),
            key("services.NAME.timeouts.unacknowledged", "10s"),
            key("services.NAME.retries.attempts", "3"),
            key("services.NAME.retries.body", "64KiB"),
            key("services.NAME.retries.response", "16KiB"),
            rule("services.NAME.retries.statuses", "502, 503, 504"),
            key("services.NAME.retries.non-idempotent", "false"),
            key("services.NAME.retries.budget", "0.2"),
            key("services.NAME.retries.budget-floor", "10"),
            key("services.NAME.hedging.enabled", "true"),
            key("services.NAME.hedging.percentile", "0.99"),
            key("services.NAME.hedging.floor", "20ms"),
            key("services.NAME.hedging.ceiling", "1s"),
            key("services.NAME.limits.adaptive", "true"),
            key("services.NAME.limits.requests", "0"),
            key("services.NAME.limits.queue", "256"),
            key("services.NAME.limits.queue-time", "500ms"),
            key("services.NAME.limits.backend-requests", "0"),
            key("services.NAME.limits.backend-connections", "0"),
            key("services.NAME.pool.max-idle", "256"),
            key("services.NAME.pool.idle-timeout", "60s"),
            rule("services.NAME.sticky.cookie", "none"),
            key("services.NAME.sticky.max-age", "none"),
            key("services.NAME.panic.share", "0"),
            key("services.NAME.panic.mode", "use-all"),
            rule("services.NAME.fallback.service", "none"),
            rule("services.NAME.fallback.page", "none"),
            key("routes[].host", "*"),
            key("routes[].path", "/"),
            required("routes[].service"),
            key("routes[].priority", "normal"),
            key("access-log.output", "off"),
            key("access-log.format", "combined"));

    private static final Map<String, Key> BY_PATH =
            KEYS.stream().collect(Collectors.toUnmodifiableMap(Key::path, Function.identity()));

    private Schema() {}

    /** The key with exactly this path; asking for one that is not listed is a mistake in a reader. */
    static Key key(String path) {
        Key key = BY_PATH.get(path);
        if (key == null) {
            throw new IllegalArgumentException("the schema does not list " + path);
        }
        return key;
    }

    /** Names of the keys directly below a section, in the order of the list; the section at the top is {@code ""}. */
    static List<String> namesIn(String section) {
        String prefix = section.isEmpty() ? "" : section + ".";
        return KEYS.stream()
                .map(Key::path)
                .filter(path -> path.startsWith(prefix))
                .map(path -> firstName(path.substring(prefix.length())))
                .distinct()
                .toList();
    }

    private static String firstName(String path) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        return name.endsWith("[]") ? name.substring(0, name.length() - 2) : name;
    }

    private static Key key(String path, String defaultText) {
        return new Key(path, Absence.DEFAULT, defaultText);
    }

    private static Key rule(String path, String words) {
        return new Key(path, Absence.RULE, words);
    }

    private static Key required(String path) {
        return new Key(path, Absence.REQUIRED, "");
    }
}
