package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.ServiceConfig.Balance;
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

    private static final ValueType<Balance> BALANCE =
            ValueTypes.oneOf(entry("least-request", Balance.LEAST_REQUEST), entry("round-robin", Balance.ROUND_ROBIN));
    private static final ValueType<Integer> CONNECT_FAILURES = ValueTypes.wholeNumber(0, 1000);
    private static final ValueType<Duration> EJECTION_TIME =
            DurationText.between(Duration.ofMillis(100), Duration.ofHours(24));
    private static final ValueType<Integer> ATTEMPTS = ValueTypes.wholeNumber(1, 10);
    private static final ValueType<Integer> RETRY_BODY = SizeText.between(0, 16 << 20);
    private static final ValueType<Integer> MAX_IDLE = ValueTypes.wholeNumber(0, 65_536);

    private ServiceReader() {}

    /** In the order of the file. */
    static Map<String, ServiceConfig> read(Section root) {
        Map<String, ServiceConfig> services = new LinkedHashMap<>();
        root.named("services", NAME).forEach((name, section) -> services.put(name, readOne(name, section)));
        return Collections.unmodifiableMap(services);
    }

    private static ServiceConfig readOne(String name, Section service) {
        return new ServiceConfig(
                name,
                service.read("balance", BALANCE),
                backends(service),
                HealthCheckReader.read(service.section("health-check")),
                ejection(service.section("ejection")),
                timeouts(service.section("timeouts")),
                retries(service.section("retries")),
                pool(service.section("pool")));
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
                section.read("connect-failures", CONNECT_FAILURES),
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
                timeouts.read("tunnel-idle", DurationText.TIMEOUT));
    }

    private static ServiceConfig.Retries retries(Section retries) {
        return new ServiceConfig.Retries(retries.read("attempts", ATTEMPTS), retries.read("body", RETRY_BODY));
    }

    private static ServiceConfig.Pool pool(Section pool) {
        return new ServiceConfig.Pool(pool.read("max-idle", MAX_IDLE), pool.read("idle-timeout", DurationText.TIMEOUT));
    }

    private static String name(String text) {
        if (!NAME_FORM.matcher(text).matches()) {
            throw new BadValue("cannot be the name of a service");
        }
        return text;
    }
}
