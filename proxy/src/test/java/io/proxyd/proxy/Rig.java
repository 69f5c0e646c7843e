package io.proxyd.proxy;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.Address;
import io.proxyd.config.AdminConfig;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ListenerConfig;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RouteConfig;
import io.proxyd.config.RuntimeConfig;
import io.proxyd.config.ServiceConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Configurations for tests: one listener on a free port, one service, one event loop, short timeouts. */
final class Rig {
    private RuntimeConfig.Transport transport = RuntimeConfig.Transport.AUTO;
    private int loops = 1;
    private Duration responseHead = Duration.ofSeconds(10);
    private ListenerConfig.Timeouts clientTimeouts = new ListenerConfig.Timeouts(
            Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ofSeconds(30));
    private final Map<String, ServiceConfig> services = new LinkedHashMap<>();
    private final List<RouteConfig> routes = new java.util.ArrayList<>();

    Rig transport(RuntimeConfig.Transport value) {
        transport = value;
        return this;
    }

    Rig loops(int value) {
        loops = value;
        return this;
    }

    Rig responseHead(Duration value) {
        responseHead = value;
        return this;
    }

    Rig clientTimeouts(ListenerConfig.Timeouts value) {
        clientTimeouts = value;
        return this;
    }

    Rig service(String name, int... ports) {
        List<Address> backends = java.util.Arrays.stream(ports)
                .mapToObj(p -> new Address("127.0.0.1", p))
                .toList();
        services.put(
                name,
                new ServiceConfig(
                        name,
                        ServiceConfig.Balance.ROUND_ROBIN,
                        backends,
                        new HealthCheckConfig.None(),
                        new ServiceConfig.Ejection(3, Duration.ofSeconds(5), Duration.ofMinutes(5)),
                        new ServiceConfig.Timeouts(
                                Duration.ofSeconds(1), responseHead, Duration.ofSeconds(10), Duration.ofHours(1)),
                        new ServiceConfig.Retries(3, 64 * 1024),
                        new ServiceConfig.Pool(64, Duration.ofSeconds(60))));
        return this;
    }

    Rig route(String host, String path, String service) {
        routes.add(new RouteConfig(host, path, service));
        return this;
    }

    ProxydConfig config() {
        return new ProxydConfig(
                new RuntimeConfig(loops, transport, Duration.ofSeconds(5)),
                List.of(new ListenerConfig(
                        new Address("127.0.0.1", 0), clientTimeouts, new ListenerConfig.Limits(8192, 32768, 100))),
                new AdminConfig.Tcp(new Address("127.0.0.1", 0)),
                new RegistryConfig.None(),
                services,
                routes,
                new AccessLogConfig(new AccessLogConfig.Output.Off(), AccessLogConfig.Format.COMBINED));
    }
}
