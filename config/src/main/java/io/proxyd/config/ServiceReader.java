package io.proxyd.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads {@code services}. */
final class ServiceReader {
    private static final Pattern NAME_FORM = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final ValueType<String> NAME = ValueType.ofText(
            "1 to 128 letters, digits, or any of . _ - and neither . nor - in front", ServiceReader::name);

    private static final ValueType<Integer> IN_A_ROW = ValueTypes.wholeNumber(0, 1000);
    private static final ValueType<Double> SHARE = ValueTypes.number(0, 1);
    private static final ValueType<Duration> EJECTION_TIME =
            DurationText.between(Duration.ofMillis(100), Duration.ofHours(24));
    private static final ValueType<Integer> ATTEMPTS = ValueTypes.wholeNumber(1, 10);
    private static final ValueType<Integer> RETRY_BODY = SizeText.between(0, 16 << 20);
    private static final ValueType<Integer> RETRY_RESPONSE = SizeText.between(0, 1 << 20);
    private static final ValueType<Integer> STATUS = ValueTypes.wholeNumber(400, 599);
    private static final ValueType<Integer> FLOOR = ValueTypes.wholeNumber(0, 1_000_000);
    private static final ValueType<Integer> CONCURRENT = ValueTypes.wholeNumber(0, 1_000_000);
    private static final List<Integer> RETRY_STATUSES = List.of(502, 503, 504);
    private static final ValueType<Integer> MAX_IDLE = ValueTypes.wholeNumber(0, 65_536);

    private ServiceReader() {}

    /** In the order of the file. */
    static Map<String, ServiceConfig> read(Section root, FilePaths paths) {
        Map<String, ServiceConfig> services = new LinkedHashMap<>();
        Map<String, Section> sections = root.named("services", NAME);
        sections.forEach((name, section) -> services.put(name, readOne(name, section, paths)));
        sections.forEach((name, section) -> requireFallback(name, section.section("fallback"), services));
        return Collections.unmodifiableMap(services);
    }

    static ServiceConfig readOne(String name, Section service, FilePaths paths) {
        return new ServiceConfig(
                name,
                BalancingReader.read(service),
                backends(service),
                HealthCheckReader.read(service.section("health-check")),
                ejection(service.section("ejection")),
                timeouts(service.section("timeouts")),
                retries(service.section("retries")),
                hedging(service.section("hedging")),
                limits(service.section("limits")),
                pool(service.section("pool")),
                fallback(service.section("fallback"), paths));
    }

    private static List<Address> backends(Section service) {
        Unique<Address> known = new Unique<>();
        List<Address> backends = new ArrayList<>();
        for (Value value : service.values("backends", AddressText.BACKEND)) {
            value.read(AddressText.BACKEND).ifPresent(backend -> {
                backends.add(backend);
                known.earlier(ListenerReader.caseless(backend), value.path(), value.line())
                        .ifPresent(earlier -> value.problem(
                                Quoted.text(backend.toString()) + " is also " + earlier + "; expected it once"));
            });
        }
        return List.copyOf(backends);
    }

    private static ServiceConfig.Ejection ejection(Section section) {
        ServiceConfig.Ejection ejection = new ServiceConfig.Ejection(
                section.read("connect-failures", IN_A_ROW),
                section.read("gateway-errors", IN_A_ROW),
                section.read("stalled", IN_A_ROW),
                section.read("failure-rate", SHARE),
                section.read("max-share", SHARE),
                section.read("base", EJECTION_TIME),
                section.read("max", EJECTION_TIME));
        if (ejection.max().compareTo(ejection.base()) < 0 && section.isSound()) {
            section.problem(
                    section.has("max") ? "max" : "base",
                    "max of " + DurationText.format(ejection.max()) + " is shorter than base of "
                            + DurationText.format(ejection.base()) + "; expected max to be at least as long as base");
        }
        return ejection;
    }

    private static ServiceConfig.Timeouts timeouts(Section timeouts) {
        return new ServiceConfig.Timeouts(
                timeouts.read("connect", DurationText.TIMEOUT),
                timeouts.read("response-head", DurationText.TIMEOUT),
                timeouts.read("response-body", DurationText.TIMEOUT),
                timeouts.read("exchange", DurationText.TIMEOUT_OR_NONE),
                timeouts.read("tunnel-idle", DurationText.TIMEOUT),
                timeouts.read("unacknowledged", DurationText.TIMEOUT_OR_NONE));
    }

    private static ServiceConfig.Retries retries(Section retries) {
        return new ServiceConfig.Retries(
                retries.read("attempts", ATTEMPTS),
                retries.read("body", RETRY_BODY),
                retries.read("response", RETRY_RESPONSE),
                statuses(retries),
                retries.read("non-idempotent", ValueTypes.flag()),
                retries.read("budget", SHARE),
                retries.read("budget-floor", FLOOR));
    }

    private static List<Integer> statuses(Section retries) {
        if (!retries.has("statuses")) {
            return RETRY_STATUSES;
        }
        return retries.values("statuses", STATUS).stream()
                .flatMap(value -> value.read(STATUS).stream())
                .distinct()
                .toList();
    }

    private static ServiceConfig.Hedging hedging(Section hedging) {
        ServiceConfig.Hedging read = new ServiceConfig.Hedging(
                hedging.read("enabled", ValueTypes.flag()),
                hedging.read("percentile", SHARE),
                hedging.read("floor", DurationText.TIMEOUT),
                hedging.read("ceiling", DurationText.TIMEOUT));
        if (read.ceiling().compareTo(read.floor()) < 0 && hedging.isSound()) {
            hedging.problem(
                    hedging.has("ceiling") ? "ceiling" : "floor",
                    "ceiling of " + DurationText.format(read.ceiling()) + " is shorter than floor of "
                            + DurationText.format(read.floor()) + "; expected ceiling to be at least as long as floor");
        }
        return read;
    }

    private static ServiceConfig.Limits limits(Section limits) {
        return new ServiceConfig.Limits(
                limits.read("adaptive", ValueTypes.flag()),
                limits.read("requests", CONCURRENT),
                limits.read("queue", CONCURRENT),
                limits.read("queue-time", DurationText.TIMEOUT),
                limits.read("backend-requests", CONCURRENT),
                limits.read("backend-connections", CONCURRENT));
    }

    private static FallbackConfig fallback(Section fallback, FilePaths paths) {
        return new FallbackConfig(
                fallback.find("service", NAME).orElse(null),
                fallback.find("page", PageText.type(paths)).orElse(null));
    }

    private static ServiceConfig.Pool pool(Section pool) {
        return new ServiceConfig.Pool(pool.read("max-idle", MAX_IDLE), pool.read("idle-timeout", DurationText.TIMEOUT));
    }

    /** Another service, as a service that stands in for itself has nothing to offer. */
    private static void requireFallback(String name, Section fallback, Map<String, ServiceConfig> services) {
        ServiceConfig service = services.get(name);
        String other = service == null ? null : service.fallback().service();
        if (other != null && (other.equals(name) || !services.containsKey(other))) {
            fallback.problem(
                    "service",
                    Quoted.text(other)
                            + (other.equals(name) ? " is the service itself" : " is not a service")
                            + "; expected the name of another one under services");
        }
    }

    private static String name(String text) {
        if (!NAME_FORM.matcher(text).matches()) {
            throw new BadValue("cannot be the name of a service");
        }
        return text;
    }
}
