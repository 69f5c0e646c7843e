package io.proxyd.proxy.route;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.config.BalancingConfig;
import io.proxyd.config.EvidenceConfig;
import io.proxyd.config.FallbackConfig;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ListenerConfig;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.config.RuntimeConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Registration;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Configurations and catalogs with a value for everything that a test does not care about. */
public final class SampleConfig {
    public static final ListenerConfig.Limits LIMITS = new ListenerConfig.Limits(8 * 1024, 32 * 1024, 100);
    public static final ServiceConfig.Ejection EJECTION =
            new ServiceConfig.Ejection(3, 0, 0, 1, 1, Duration.ofSeconds(10), Duration.ofSeconds(60));
    public static final ServiceConfig.Retries RETRIES =
            new ServiceConfig.Retries(3, 64 * 1024, 0, List.of(), false, 1, 1000);
    public static final ServiceConfig.Hedging NO_HEDGING =
            new ServiceConfig.Hedging(false, 0.99, Duration.ofMillis(20), Duration.ofSeconds(1));
    public static final ServiceConfig.Limits NO_LIMITS =
            new ServiceConfig.Limits(false, 0, 0, Duration.ofSeconds(1), 0, 0);
    public static final HealthCheckConfig NO_CHECK = new HealthCheckConfig.None();

    private SampleConfig() {}

    public static HealthCheckConfig.Schedule schedule(Duration interval, Duration timeout, int rise, int fall) {
        return new HealthCheckConfig.Schedule(interval, 0, timeout, rise, fall, true);
    }

    public static HealthCheckConfig.Http http(HealthCheckConfig.Schedule schedule) {
        return new HealthCheckConfig.Http(schedule, "/healthz", null, 200, 299);
    }

    public static ServiceConfig service(String name) {
        return service(name, NO_CHECK);
    }

    public static ServiceConfig service(String name, HealthCheckConfig check, Address... backends) {
        return service(name, BalancingConfig.Algorithm.LEAST_REQUEST, check, EJECTION, backends);
    }

    /** One that is not checked. */
    public static ServiceConfig service(String name, BalancingConfig balancing) {
        return service(name, balancing, NO_CHECK, EJECTION);
    }

    public static ServiceConfig service(
            String name,
            BalancingConfig.Algorithm algorithm,
            HealthCheckConfig check,
            ServiceConfig.Ejection ejection,
            Address... backends) {
        return service(name, balancing(algorithm), check, ejection, backends);
    }

    private static ServiceConfig service(
            String name,
            BalancingConfig balancing,
            HealthCheckConfig check,
            ServiceConfig.Ejection ejection,
            Address... backends) {
        return new ServiceConfig(
                name,
                balancing,
                List.of(backends),
                check,
                ejection,
                new ServiceConfig.Timeouts(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        Duration.ZERO),
                RETRIES,
                NO_HEDGING,
                NO_LIMITS,
                new ServiceConfig.Pool(32, Duration.ofSeconds(30)),
                FallbackConfig.NONE);
    }

    /** Of a service that knows neither slow start nor zones nor sessions. */
    public static BalancingConfig balancing(BalancingConfig.Algorithm algorithm) {
        return new BalancingConfig(
                algorithm,
                new BalancingConfig.HashKey.ClientAddress(),
                Duration.ZERO,
                0.7,
                null,
                new BalancingConfig.Panic(0, BalancingConfig.Panic.Mode.USE_ALL));
    }

    public static ProxydConfig config(ServiceConfig... services) {
        return config(List.of(), services);
    }

    public static ProxydConfig config(List<RouteConfig> routes, ServiceConfig... services) {
        Map<String, ServiceConfig> byName = new LinkedHashMap<>();
        for (ServiceConfig service : services) {
            byName.put(service.name(), service);
        }
        ListenerConfig.Timeouts timeouts = new ListenerConfig.Timeouts(
                Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60));
        return new ProxydConfig(
                new RuntimeConfig(1, RuntimeConfig.Transport.NIO, Duration.ofSeconds(30), null, 1),
                List.of(new ListenerConfig(
                        new Address("127.0.0.1", 0),
                        new ListenerConfig.Connections(1000, 0),
                        new ListenerConfig.Forwarding(List.of(), ListenerConfig.Fields.X_FORWARDED, null),
                        timeouts,
                        LIMITS)),
                new AdminConfig.Tcp(new Address("127.0.0.1", 0)),
                new RegistryConfig.None(),
                EvidenceConfig.defaults(),
                byName,
                routes,
                new AccessLogConfig(new AccessLogConfig.Output.Off(), AccessLogConfig.Format.COMBINED));
    }

    /** As a registry would list these. */
    public static Catalog catalog(Registration... registrations) {
        List<Registration> sorted = Arrays.stream(registrations)
                .sorted(Comparator.comparing(Registration::service).thenComparing(Registration::id))
                .toList();
        return new Catalog(1, sorted, List.of());
    }

    /** These, believed as they stand. */
    public static RegistryView view(Registration... registrations) {
        return RegistryView.of(catalog(registrations));
    }

    public static Registration registration(String service, String id, String host, int port) {
        return registration(service, id, host, port, Registration.DEFAULT_WEIGHT, Registration.State.UP);
    }

    public static Registration registration(
            String service, String id, String host, int port, int weight, Registration.State state) {
        return new Registration(service, id, host, port, weight, state, Map.of(), Map.of());
    }
}
