package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.config.Address;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import io.proxyd.proxy.route.Terms;
import io.proxyd.proxy.telemetry.Recent;
import io.proxyd.proxy.telemetry.RecentTraffic;
import io.proxyd.proxy.telemetry.Sources;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/backends}: every service with its backends, or one of them with {@code ?service=NAME}. */
final class BackendsPage implements Page {
    private final Sources sources;
    private final RecentTraffic recent;
    private final Json json;

    /**
     * @param time of this answer
     * @param services in the order of the configuration
     * @param backends of all of them, in the same order and by id
     */
    private record Body(Instant time, List<ServiceEntry> services, List<BackendEntry> backends) {}

    /**
     * @param panic whether no backend is up, so that health is ignored
     * @param backends how many there are
     * @param up how many of them may be picked
     */
    private record ServiceEntry(String service, boolean panic, int backends, int up) {}

    /**
     * @param state the verdict
     * @param reason of the verdict, and why the backend is there if the registry does not list it
     * @param source why it is there at all
     * @param decidedBy whose word the state follows
     */
    private record BackendEntry(
            String service,
            String id,
            String address,
            @Nullable String resolved,
            String state,
            String reason,
            Instant since,
            int weight,
            int inFlight,
            double requestsPerSecond,
            long errors,
            double errorRate,
            @Nullable Double p50Ms,
            @Nullable Double p99Ms,
            String source,
            String decidedBy,
            Map<String, String> metadata) {}

    BackendsPage(Sources sources, RecentTraffic recent, Json json) {
        this.sources = sources;
        this.recent = recent;
        this.json = json;
    }

    @Override
    public Answer answer(Query query) {
        RoutingTable table = sources.table().get();
        if (table == null) {
            return json.error(HttpResponseStatus.SERVICE_UNAVAILABLE, noTable(), query.allocator());
        }
        String name = query.parameter("service");
        if (name == null) {
            return answer(table.services().values(), query);
        }
        Service service = table.services().get(name);
        if (service == null) {
            return json.error(HttpResponseStatus.NOT_FOUND, unknown(name, table), query.allocator());
        }
        return answer(List.of(service), query);
    }

    private Answer answer(Collection<Service> services, Query query) {
        long nowNanos = sources.nanoTime().getAsLong();
        List<ServiceEntry> serviceEntries = new ArrayList<>();
        List<BackendEntry> backendEntries = new ArrayList<>();
        for (Service service : services) {
            int up = 0;
            for (LiveBackend backend : service.backends()) {
                Standing standing = service.standing(backend, nowNanos);
                up += standing == Standing.UP ? 1 : 0;
                backendEntries.add(entry(service, backend, standing, nowNanos));
            }
            serviceEntries.add(new ServiceEntry(
                    service.name(), service.panic(nowNanos), service.backends().size(), up));
        }
        Body body = new Body(sources.clock().instant().truncatedTo(ChronoUnit.MILLIS), serviceEntries, backendEntries);
        return json.answer(HttpResponseStatus.OK, body, query.allocator());
    }

    private BackendEntry entry(Service service, LiveBackend backend, Standing standing, long nowNanos) {
        Recent last = recent.of(backend);
        Terms terms = backend.terms();
        EvidenceStatus.Kept kept =
                sources.evidence().get().kept(service.name(), backend.key().id());
        StandingReason reason = new StandingReason(backend, standing, kept);
        return new BackendEntry(
                service.name(),
                backend.key().id(),
                hostAndPort(backend.key().host(), backend.key().port()),
                resolved(backend.address()),
                standing.label(),
                reason.text(nowNanos, sources.clock().instant()),
                service.since(backend, standing).truncatedTo(ChronoUnit.MILLIS),
                terms.weight(),
                backend.inFlight(),
                Json.rounded(last.requestsPerSecond()),
                last.errors(),
                Json.rounded(last.errorRate()),
                Json.millis(last.p50()),
                Json.millis(last.p99()),
                terms.source().label(),
                reason.decidedBy(),
                terms.metadata());
    }

    private static @Nullable String resolved(@Nullable InetSocketAddress address) {
        InetAddress ip = address == null ? null : address.getAddress();
        return address == null || ip == null ? null : hostAndPort(ip.getHostAddress(), address.getPort());
    }

    private static String hostAndPort(String host, int port) {
        return new Address(host, port).toString();
    }

    private String noTable() {
        RegistryStatus registry = sources.registry().get();
        String because = registry.error() == null ? "" : " (" + registry.kind() + ": " + registry.error() + ")";
        return "there is no routing table yet: proxyd waits for the first answer of the registry" + because;
    }

    private static String unknown(String name, RoutingTable table) {
        String known = table.services().isEmpty()
                ? "no service is configured"
                : "configured are " + String.join(", ", table.services().keySet());
        return "service " + name + " is not configured; " + known;
    }
}
