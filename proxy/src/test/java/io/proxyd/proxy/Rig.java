package io.proxyd.proxy;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.Address;
import io.proxyd.config.AddressBlock;
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
import io.proxyd.proxy.route.SampleConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configurations for tests: one listener on a free port, one event loop, patient timeouts. Policies count for all services. */
public final class Rig {
    private static final Duration PATIENT = Duration.ofSeconds(20);

    private RuntimeConfig.Transport transport = RuntimeConfig.Transport.AUTO;
    private int loops = 1;
    private Duration drain = Duration.ofMillis(200);
    private final List<Address> listeners = new ArrayList<>();
    private ListenerConfig.Connections connections = new ListenerConfig.Connections(10_000, 0);
    private ListenerConfig.Forwarding forwarding =
            new ListenerConfig.Forwarding(List.of(), ListenerConfig.Fields.X_FORWARDED, null);
    private ListenerConfig.Timeouts client = new ListenerConfig.Timeouts(PATIENT, PATIENT, PATIENT, PATIENT);
    private ListenerConfig.Limits limits = new ListenerConfig.Limits(8192, 32768, 100);
    private ServiceConfig.Timeouts backend =
            new ServiceConfig.Timeouts(PATIENT, PATIENT, PATIENT, Duration.ZERO, PATIENT, Duration.ZERO);
    private ServiceConfig.Retries retries = SampleConfig.RETRIES;
    private ServiceConfig.Hedging hedging = SampleConfig.NO_HEDGING;
    private ServiceConfig.Limits admission = SampleConfig.NO_LIMITS;
    private FallbackConfig fallback = FallbackConfig.NONE;
    private ServiceConfig.Pool pool = new ServiceConfig.Pool(64, PATIENT);
    private HealthCheckConfig check = new HealthCheckConfig.None();
    private ServiceConfig.Ejection ejection =
            new ServiceConfig.Ejection(3, 0, 0, 1, 1, Duration.ofMinutes(1), Duration.ofMinutes(5));
    private EvidenceConfig evidence = EvidenceConfig.defaults();
    private final Map<String, List<Address>> services = new LinkedHashMap<>();
    private final List<RouteConfig> routes = new ArrayList<>();

    /** All traffic to one service with backends on these ports of this machine. */
    public static Rig to(int... ports) {
        return new Rig().service("app", ports).route("*", "/", "app");
    }

    public Rig transport(RuntimeConfig.Transport value) {
        transport = value;
        return this;
    }

    public Rig loops(int value) {
        loops = value;
        return this;
    }

    public Rig drain(Duration value) {
        drain = value;
        return this;
    }

    /** Adds a listener; without one there is one on a free port. */
    public Rig listen(String host, int port) {
        listeners.add(new Address(host, port));
        return this;
    }

    /** How many connections a listener serves, and of one client; 0 for any number of the latter. */
    public Rig connections(int max, int maxPerClient) {
        connections = new ListenerConfig.Connections(max, maxPerClient);
        return this;
    }

    /** Trusts clients of these addresses. */
    public Rig trusting(AddressBlock... proxies) {
        forwarding = new ListenerConfig.Forwarding(List.of(proxies), forwarding.fields(), forwarding.via());
        return this;
    }

    public Rig forwardingFields(ListenerConfig.Fields fields) {
        forwarding = new ListenerConfig.Forwarding(forwarding.trustedProxies(), fields, forwarding.via());
        return this;
    }

    public Rig via(String name) {
        forwarding = new ListenerConfig.Forwarding(forwarding.trustedProxies(), forwarding.fields(), name);
        return this;
    }

    public Rig requestHead(Duration value) {
        client = new ListenerConfig.Timeouts(value, client.requestBody(), client.responseBody(), client.keepAlive());
        return this;
    }

    public Rig requestBody(Duration value) {
        client = new ListenerConfig.Timeouts(client.requestHead(), value, client.responseBody(), client.keepAlive());
        return this;
    }

    /** How long a client may take no byte of its response. */
    public Rig clientTakes(Duration value) {
        client = new ListenerConfig.Timeouts(client.requestHead(), client.requestBody(), value, client.keepAlive());
        return this;
    }

    public Rig keepAlive(Duration value) {
        client = new ListenerConfig.Timeouts(client.requestHead(), client.requestBody(), client.responseBody(), value);
        return this;
    }

    public Rig limits(int requestTargetBytes, int headBytes, int headerFields) {
        limits = new ListenerConfig.Limits(requestTargetBytes, headBytes, headerFields);
        return this;
    }

    public Rig retries(ServiceConfig.Retries value) {
        retries = value;
        return this;
    }

    /** Hedges after that long, whatever is usual. */
    public Rig hedgingAfter(Duration delay) {
        hedging = new ServiceConfig.Hedging(true, 0.99, delay, delay);
        return this;
    }

    /** How many requests the service takes, how many wait, and how long. */
    public Rig admitting(int requests, int queue, Duration queueTime) {
        admission = new ServiceConfig.Limits(false, requests, queue, queueTime, 0, 0);
        return this;
    }

    /** How many requests and connections one backend may have, and how many requests wait for that, and how long. */
    public Rig backendCaps(int requests, int connections, int queue, Duration queueTime) {
        admission = new ServiceConfig.Limits(false, 0, queue, queueTime, requests, connections);
        return this;
    }

    /** What answers when a service cannot; the fallback service itself has nothing else. */
    public Rig fallback(@Nullable String service, @Nullable String html) {
        FallbackConfig.Page page = html == null ? null : new FallbackConfig.Page(Path.of("sorry.html"), html);
        fallback = new FallbackConfig(service, page);
        return this;
    }

    public Rig connect(Duration value) {
        backend = new ServiceConfig.Timeouts(
                value,
                backend.responseHead(),
                backend.responseBody(),
                backend.exchange(),
                backend.tunnelIdle(),
                backend.unacknowledged());
        return this;
    }

    public Rig responseHead(Duration value) {
        backend = new ServiceConfig.Timeouts(
                backend.connect(),
                value,
                backend.responseBody(),
                backend.exchange(),
                backend.tunnelIdle(),
                backend.unacknowledged());
        return this;
    }

    /** How long a backend may send no byte of its response. */
    public Rig responseBody(Duration value) {
        backend = new ServiceConfig.Timeouts(
                backend.connect(),
                backend.responseHead(),
                value,
                backend.exchange(),
                backend.tunnelIdle(),
                backend.unacknowledged());
        return this;
    }

    /** How long a whole exchange may take. */
    public Rig exchange(Duration value) {
        backend = new ServiceConfig.Timeouts(
                backend.connect(),
                backend.responseHead(),
                backend.responseBody(),
                value,
                backend.tunnelIdle(),
                backend.unacknowledged());
        return this;
    }

    public Rig tunnelIdle(Duration value) {
        backend = new ServiceConfig.Timeouts(
                backend.connect(),
                backend.responseHead(),
                backend.responseBody(),
                backend.exchange(),
                value,
                backend.unacknowledged());
        return this;
    }

    public Rig retries(int attempts, int bodyBytes) {
        retries = new ServiceConfig.Retries(attempts, bodyBytes, 0, List.of(), false, 1, 1000);
        return this;
    }

    public Rig pool(int maxIdle, Duration idleTimeout) {
        pool = new ServiceConfig.Pool(maxIdle, idleTimeout);
        return this;
    }

    /** How backends are checked; not at all unless said. */
    public Rig check(HealthCheckConfig value) {
        check = value;
        return this;
    }

    /** What ejects a backend; three failed connects in a row, for a minute, unless said. */
    public Rig ejection(ServiceConfig.Ejection value) {
        ejection = value;
        return this;
    }

    /** How far the registry is believed. */
    public Rig evidence(EvidenceConfig value) {
        evidence = value;
        return this;
    }

    public Rig service(String name, int... ports) {
        services.put(
                name,
                Arrays.stream(ports).mapToObj(p -> new Address("127.0.0.1", p)).toList());
        return this;
    }

    public Rig route(String host, String path, String service) {
        routes.add(new RouteConfig(host, path, service));
        return this;
    }

    public ProxydConfig config() {
        List<Address> addresses = listeners.isEmpty() ? List.of(new Address("127.0.0.1", 0)) : listeners;
        Map<String, ServiceConfig> configured = new LinkedHashMap<>();
        services.forEach((name, backends) -> configured.put(name, service(name, backends)));
        return new ProxydConfig(
                new RuntimeConfig(loops, transport, drain, null, 1),
                addresses.stream()
                        .map(a -> new ListenerConfig(a, connections, forwarding, client, limits))
                        .toList(),
                new AdminConfig.Tcp(new Address("127.0.0.1", 0)),
                new RegistryConfig.None(),
                evidence,
                configured,
                List.copyOf(routes),
                new AccessLogConfig(new AccessLogConfig.Output.Off(), AccessLogConfig.Format.COMBINED));
    }

    private ServiceConfig service(String name, List<Address> backends) {
        return new ServiceConfig(
                name,
                SampleConfig.balancing(BalancingConfig.Algorithm.ROUND_ROBIN),
                backends,
                check,
                ejection,
                backend,
                retries,
                hedging,
                admission,
                pool,
                name.equals(fallback.service()) ? FallbackConfig.NONE : fallback);
    }
}
