package io.proxyd.proxy.admin;

import io.proxyd.proxy.balance.Score;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.route.AdmissionReading;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Route;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a request would go now, and why. */
final class RequestExplanation {
    private final Sources sources;

    /**
     * @param path as routed by and forwarded
     * @param route null if none matches
     * @param refusal what proxyd would answer itself; null if a backend would be asked
     */
    record Body(
            Instant time,
            String method,
            String host,
            String path,
            @Nullable RouteEntry route,
            @Nullable ServiceEntry service,
            List<BackendEntry> backends,
            @Nullable RefusalEntry refusal) {}

    record RouteEntry(String host, String path, String service, String priority) {}

    /** @param candidates how many backends may be picked */
    record ServiceEntry(String service, String algorithm, boolean panic, int candidates, Admission admission) {}

    /** @param limit null for none */
    record Admission(long inFlight, long waiting, @Nullable Long limit) {}

    /**
     * @param share of requests by weight, with slow start and zones, from 0 to 1
     * @param excluded why it is no candidate; null if it is one
     * @param score what the balancer goes by; null if it is no candidate
     */
    record BackendEntry(
            String id,
            String state,
            String reason,
            int weight,
            double share,
            int inFlight,
            boolean candidate,
            @Nullable String excluded,
            @Nullable Double score,
            @Nullable String scoreText) {}

    record RefusalEntry(int status, String failure, String detail) {
        static RefusalEntry of(FailureKind kind, String detail) {
            return new RefusalEntry(kind.status(), kind.label(), detail);
        }
    }

    RequestExplanation(Sources sources) {
        this.sources = sources;
    }

    /** @throws IllegalArgumentException if that cannot be one request */
    Body of(RoutingTable table, String method, String host, String path) {
        try {
            return of(table, host, SupposedRequest.head(method, host, path));
        } catch (Refusal e) {
            return refused(method, host, path, null, RefusalEntry.of(e.kind(), e.detail()));
        }
    }

    private Body of(RoutingTable table, String host, RequestHead head) {
        String path = head.targetText();
        Route route = table.route(head);
        if (route == null) {
            RefusalEntry refusal = RefusalEntry.of(FailureKind.NO_ROUTE, "no route matches host and path");
            return refused(head.methodText(), host, path, null, refusal);
        }
        Service service = route.service();
        long nowNanos = sources.nanoTime().getAsLong();
        List<BackendEntry> backends = service.backends().stream()
                .map(backend -> backend(service, backend, nowNanos))
                .toList();
        int candidates = (int) backends.stream().filter(BackendEntry::candidate).count();
        return new Body(
                now(),
                head.methodText(),
                host,
                path,
                route(route),
                service(service, candidates, nowNanos),
                backends,
                candidates > 0
                        ? null
                        : RefusalEntry.of(FailureKind.NO_BACKEND, "service " + service.name() + " has no backend"));
    }

    private Body refused(String method, String host, String path, @Nullable RouteEntry route, RefusalEntry refusal) {
        return new Body(now(), method, host, path, route, null, List.of(), refusal);
    }

    private Instant now() {
        return sources.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static RouteEntry route(Route route) {
        return new RouteEntry(
                route.config().host(),
                route.config().path(),
                route.config().service(),
                route.config().priority().name().toLowerCase(Locale.ROOT));
    }

    private static ServiceEntry service(Service service, int candidates, long nowNanos) {
        AdmissionReading admission = service.state().admission();
        return new ServiceEntry(
                service.name(),
                service.config()
                        .balancing()
                        .algorithm()
                        .name()
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-'),
                service.panic(nowNanos),
                candidates,
                new Admission(admission.inFlight(), admission.waiting(), admission.limit()));
    }

    private BackendEntry backend(Service service, LiveBackend backend, long nowNanos) {
        Standing standing = service.standing(backend, nowNanos);
        EvidenceStatus.Kept kept =
                sources.evidence().get().kept(service.name(), backend.key().id());
        String reason = new StandingReason(backend, standing, kept)
                .text(nowNanos, sources.clock().instant());
        Score score = service.score(backend, nowNanos);
        return new BackendEntry(
                backend.key().id(),
                standing.label(),
                reason,
                backend.terms().weight(),
                Json.rounded(service.share(backend, nowNanos)),
                backend.inFlight(),
                score != null,
                score != null ? null : excluded(service, standing, reason, nowNanos),
                score == null || score.value() == Double.MAX_VALUE ? null : Json.rounded(score.value()),
                score == null ? null : score.words());
    }

    private static String excluded(Service service, Standing standing, String reason, long nowNanos) {
        if (standing == Standing.UP) {
            return service.panic(nowNanos)
                    ? "the service is in panic, and its mode is to fail"
                    : "backends in proxyd's own zone are preferred";
        }
        return standing.label() + ": " + reason;
    }
}
