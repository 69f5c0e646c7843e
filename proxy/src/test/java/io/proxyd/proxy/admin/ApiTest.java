package io.proxyd.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.Change;
import io.proxyd.proxy.evidence.EvidenceStatus;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Source;
import io.proxyd.proxy.telemetry.ConfigReloads;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.RecentTraffic;
import io.proxyd.proxy.telemetry.SampleProxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ApiTest {
    private final SampleProxy proxy = new SampleProxy();
    private final Metrics metrics = new Metrics(proxy.sources(), new ConfigReloads(), () -> 0, "0.1.0");
    private final Operations operations = new Operations(
            new LocalIntents("there is no registry", "sample-1", Map.of("host", "sample"), proxy::now),
            service -> CompletableFuture.completedFuture(0),
            id -> CompletableFuture.completedFuture(Optional.empty()));
    private final Pages pages = new Pages(proxy.sources(), operations, metrics, new RecentTraffic(proxy.sources()));

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void backendsTellEverythingAboutABackend() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 8000)
                .build();
        LiveBackend backend = proxy.resolve("guestbook", "g1", "10.0.0.1");
        backend.health(new HealthVerdict(
                HealthVerdict.Health.PASSING, "HTTP 200", proxy.now().plusSeconds(1)));
        for (int i = 0; i < 8; i++) {
            backend.traffic(i % 2).responded(i == 7 ? 500 : 200, TimeUnit.MICROSECONDS.toNanos(1900));
        }
        backend.attemptStarted();
        proxy.advance(Duration.ofSeconds(4));
        assertThat(ok("/api/v1/backends").body())
                .isEqualTo(
                        """
                        {
                          "time": "2026-11-22T18:30:04Z",
                          "services": [ {
                            "service": "guestbook",
                            "panic": false,
                            "backends": 1,
                            "up": 1
                          } ],
                          "backends": [ {
                            "service": "guestbook",
                            "id": "g1",
                            "address": "10.0.0.1:8000",
                            "resolved": "10.0.0.1:8000",
                            "state": "up",
                            "reason": "HTTP 200",
                            "since": "2026-11-22T18:30:01Z",
                            "weight": 100,
                            "in_flight": 1,
                            "requests_per_second": 2.0,
                            "errors": 1,
                            "error_rate": 0.125,
                            "p50_ms": 1.75,
                            "p99_ms": 1.995,
                            "source": "registry",
                            "decided_by": "health-check",
                            "metadata": {
                              "zone": "a"
                            }
                          } ]
                        }
                        """);
    }

    @Test
    void aBackendWithoutTrafficHasNoPercentiles() {
        proxy.configure("guestbook", "worker-1:8000").build();
        JsonNode backend = backend("worker-1:8000");
        assertThat(backend.get("p50_ms").isNull()).isTrue();
        assertThat(backend.get("p99_ms").isNull()).isTrue();
        assertThat(backend.get("resolved").isNull()).isTrue();
        assertThat(backend.get("requests_per_second").asDouble()).isZero();
        assertThat(backend.get("source").asString()).isEqualTo("config");
    }

    @Test
    void everyStateHasItsReasonAndItsTime() {
        proxy.configure("guestbook")
                .register("guestbook", "draining", "10.0.0.1", 80, 100, Registration.State.DRAINING)
                .register("guestbook", "disabled", "10.0.0.2", 80, 0, Registration.State.UP)
                .register("guestbook", "unresolved", "worker-3", 80)
                .register("guestbook", "unhealthy", "10.0.0.4", 80)
                .register("guestbook", "ejected", "10.0.0.5", 80)
                .register("guestbook", "unchecked", "10.0.0.6", 80)
                .build();
        for (String id : List.of("draining", "disabled", "unhealthy", "ejected", "unchecked")) {
            proxy.resolve("guestbook", id, "10.0.0.9");
        }
        proxy.advance(Duration.ofSeconds(30));
        proxy.backend("guestbook", "unhealthy")
                .health(new HealthVerdict(
                        HealthVerdict.Health.FAILING,
                        "HTTP 500, expected 200 to 299",
                        proxy.now().minusSeconds(5)));
        LiveBackend ejected = proxy.backend("guestbook", "ejected");
        ejected.health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", SampleProxy.START));
        for (int i = 0; i < 3; i++) {
            ejected.connectFailed(proxy.nanoTime(), proxy.now());
        }
        proxy.advance(Duration.ofMillis(1500));
        assertStands("draining", "its registration asks for no new requests", "2026-11-22T18:30:00Z");
        assertStands("disabled", "its registration has weight 0", "2026-11-22T18:30:00Z");
        assertStands("unresolved", "host name worker-3 was never resolved", "2026-11-22T18:30:00Z");
        assertStands("unhealthy", "HTTP 500, expected 200 to 299", "2026-11-22T18:30:25Z");
        assertStands("ejected", "3 connects in a row failed, back in 9 s", "2026-11-22T18:30:30Z");
        assertStands("unchecked", "not checked yet", "2026-11-22T18:30:00Z");
        JsonNode service = json("/api/v1/backends").get("services").get(0);
        assertThat(service.get("panic").asBoolean()).isTrue();
        assertThat(service.get("up").asInt()).isZero();
        assertThat(service.get("backends").asInt()).isEqualTo(6);
    }

    @Test
    void aBackendThatIsKeptSaysWhyAndForHowLong() {
        proxy.configure("guestbook")
                .keep(registration("held", 100, Optional.empty()), Source.BRAKE)
                .keep(registration("stopped", 100, Optional.empty()), Source.BRAKE)
                .keep(registration("trial", 100, Optional.empty()), Source.PROBATION)
                .evidence(new EvidenceStatus(
                        List.of(),
                        Map.of(),
                        Map.of(
                                "guestbook/held", kept("held", Source.BRAKE, true),
                                "guestbook/stopped", kept("stopped", Source.BRAKE, false),
                                "guestbook/trial", kept("trial", Source.PROBATION, true))))
                .build();
        for (String id : List.of("held", "stopped", "trial")) {
            proxy.resolve("guestbook", id, "10.0.0.9");
        }
        proxy.backend("guestbook", "trial")
                .health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        assertDecided(
                "held",
                "unconfirmed",
                "brake",
                "evidence",
                "not checked yet; it left the registry, held by the brake for another 3m 12s");
        assertDecided(
                "stopped",
                "unconfirmed",
                "brake",
                "evidence",
                "not checked yet; it left the registry, held by the brake for another 3m 12s of a connected registry");
        assertDecided(
                "trial",
                "up",
                "probation",
                "health-check",
                "HTTP 200; its lease ended, on probation for another 3m 12s");
    }

    @Test
    void whatAnOperatorWantsComesFirstAndIsSigned() {
        Instant until = SampleProxy.START.plus(Duration.ofHours(2));
        proxy.configure("guestbook", "10.0.0.8:80")
                .register("guestbook", "g1", "10.0.0.1", 80, 0, Registration.State.UP)
                .intent(new Intent("guestbook", "g1", true, Optional.empty(), until, "root@commander", "new disks"))
                .build();
        proxy.resolve("guestbook", "g1", "10.0.0.1");
        assertDecided("g1", "draining", "registry", "operator", "drained by root@commander until 20:30 UTC: new disks");
        proxy.intent(new Intent("guestbook", "g1", false, Optional.of(0), until, "ann", ""))
                .build();
        assertDecided("g1", "disabled", "registry", "operator", "weight 0 by ann until 20:30 UTC");
        proxy.intent(new Intent("guestbook", "g1", false, Optional.of(7), until.plusSeconds(86_400), "ann", ""))
                .build();
        proxy.backend("guestbook", "g1")
                .health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        assertDecided(
                "g1",
                "up",
                "registry",
                "health-check",
                "HTTP 200; weight 7 by ann until 2026-11-23 20:30 UTC, registered with weight 0");
        assertThat(backend("g1").get("weight").asInt()).isEqualTo(7);
        proxy.intent(new Intent("guestbook", "10.0.0.8:80", true, Optional.empty(), until, "ann", ""))
                .build();
        assertDecided("10.0.0.8:80", "draining", "config", "operator", "drained by ann until 20:30 UTC");
        assertDecided("g1", "disabled", "registry", "registration", "its registration has weight 0");
    }

    @Test
    void aRegistrationThatDrainsSaysUntilWhen() {
        proxy.configure("guestbook")
                .register(registration("g1", 100, Optional.of(SampleProxy.START.plusSeconds(60))))
                .build();
        assertDecided(
                "g1",
                "draining",
                "registry",
                "registration",
                "its registration asks for no new requests; it waits until 18:31 UTC");
    }

    @Test
    void aBackendOfTheRememberedCatalogSaysSo() {
        proxy.configure("guestbook")
                .lineage(new Lineage(7, 0, "", true))
                .register("guestbook", "g1", "10.0.0.1", 80)
                .build();
        assertThat(backend("g1").get("source").asString()).isEqualTo("snapshot");
    }

    @Test
    void registryTellsWhereItIsNotFollowed() {
        EvidenceStatus.Kept trial = kept("trial", Source.PROBATION, true);
        proxy.configure("guestbook")
                .lineage(new Lineage(8, 1, "cluster id 8, expected 7", false))
                .evidence(new EvidenceStatus(
                        List.of(new EvidenceStatus.Brake(
                                "guestbook", 2, 1, SampleProxy.START, "2 of 3 left within 1m", Duration.ofSeconds(90))),
                        Map.of("guestbook", 1),
                        Map.of("guestbook/trial", trial)))
                .build();
        JsonNode registry = json("/api/v1/registry");
        assertThat(registry.get("history_breaks").asInt()).isEqualTo(1);
        assertThat(registry.get("doubt").asString()).isEqualTo("cluster id 8, expected 7");
        assertThat(registry.get("brakes").get(0))
                .hasToString("{\"service\":\"guestbook\",\"held\":2,\"registered\":1,"
                        + "\"since\":\"2026-11-22T18:30:00Z\",\"cause\":\"2 of 3 left within 1m\","
                        + "\"left_seconds\":90.0,\"until\":\"2026-11-22T18:31:30Z\"}");
        assertThat(registry.get("probation").get(0))
                .hasToString("{\"service\":\"guestbook\",\"id\":\"trial\",\"since\":\"2026-11-22T18:30:00Z\","
                        + "\"left_seconds\":192.0,\"until\":\"2026-11-22T18:33:12Z\"}");
        proxy.registry(new RegistryStatus("etcd", false, 42, SampleProxy.START, "away"));
        assertThat(json("/api/v1/registry").get("brakes").get(0).get("until").isNull())
                .isTrue();
    }

    @Test
    void historyTellsTheNewestOfOneServiceOrAll() {
        proxy.configure("guestbook").build();
        proxy.journal().add("guestbook", "g1", Change.REGISTERED, "at 10.0.0.1:80");
        proxy.journal().add("shop", "s1", Change.DROPPED, "it was draining");
        proxy.journal().add(null, null, Change.HISTORY_BROKE, "cluster id 8, expected 7");
        assertThat(ok("/api/v1/history").body())
                .startsWith(
                        """
                        {
                          "time": "2026-11-22T18:30:00Z",
                          "history": [ {
                            "time": "2026-11-22T18:30:00Z",
                            "service": "guestbook",
                            "backend": "g1",
                            "change": "registered",
                            "cause": "at 10.0.0.1:80",
                            "revision": 0
                          }, {
                        """);
        JsonNode shop = json("/api/v1/history", Map.of("service", List.of("shop"), "last", List.of("1")));
        assertThat(shop.get("history")).hasSize(1);
        assertThat(shop.get("history").get(0).get("change").asString()).isEqualTo("history-broke");
        assertThat(shop.get("history").get(0).get("service").isNull()).isTrue();
    }

    @Test
    void historyRefusesWhatItDoesNotKnow() {
        proxy.configure("guestbook").build();
        Response unknown = response("/api/v1/history", Map.of("service", List.of("shop")));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().get("error").asString())
                .isEqualTo("service shop is not configured, and nothing is known of it");
        for (String last : List.of("0", "-1", "many", "")) {
            Response wrong = response("/api/v1/history", Map.of("last", List.of(last)));
            assertThat(wrong.status()).isEqualTo(400);
            assertThat(wrong.json().get("error").asString())
                    .isEqualTo("last is " + last + ", expected a whole number from 1");
        }
    }

    @Test
    void aBackendIsUpAgainSinceItsEjectionEnded() {
        proxy.configure("guestbook").register("guestbook", "g1", "10.0.0.1", 80).build();
        LiveBackend backend = proxy.resolve("guestbook", "g1", "10.0.0.1");
        backend.health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        for (int ejection = 1; ejection <= 2; ejection++) {
            for (int i = 0; i < 3; i++) {
                backend.connectFailed(proxy.nanoTime(), proxy.now());
            }
            assertThat(backend("g1").get("reason").asString())
                    .isEqualTo(
                            ejection == 1
                                    ? "3 connects in a row failed, back in 10 s"
                                    : "a connect failed when it was tried again, back in 20 s (ejected 2 times)");
            proxy.advance(Duration.ofSeconds(20));
        }
        assertThat(backend("g1").get("state").asString()).isEqualTo("up");
        assertThat(backend("g1").get("since").asString()).isEqualTo("2026-11-22T18:30:40Z");
    }

    @Test
    void aBackendThatWasGivenWeightIsUpSinceThen() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80, 0, Registration.State.UP)
                .build();
        LiveBackend backend = proxy.resolve("guestbook", "g1", "10.0.0.1");
        backend.health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        proxy.advance(Duration.ofSeconds(7))
                .deregister("g1")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .build();
        assertThat(backend("g1").get("state").asString()).isEqualTo("up");
        assertThat(backend("g1").get("since").asString()).isEqualTo("2026-11-22T18:30:07Z");
    }

    @Test
    void oneServiceCanBeAskedFor() {
        proxy.configure("guestbook", "10.0.0.1:80")
                .configure("shop", "10.0.0.2:80")
                .build();
        assertThat(json("/api/v1/backends").get("backends")).hasSize(2);
        JsonNode shop = json("/api/v1/backends", Map.of("service", List.of("shop")));
        assertThat(shop.get("services")).hasSize(1);
        assertThat(shop.get("backends")).hasSize(1);
        assertThat(shop.get("backends").get(0).get("service").asString()).isEqualTo("shop");
    }

    @Test
    void anUnknownServiceIsNamedWithThoseThatExist() {
        proxy.configure("guestbook").configure("shop").build();
        Response response = response("/api/v1/backends", Map.of("service", List.of("shpo")));
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.json().get("error").asString())
                .isEqualTo("service shpo is not configured; configured are guestbook, shop");
    }

    @Test
    void beforeTheFirstTableTheReasonIsTold() {
        proxy.registry(new RegistryStatus("etcd", false, 0, null, "connection refused: 10.0.0.2:2379"));
        Response response = response("/api/v1/backends", Map.of());
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.json().get("error").asString())
                .isEqualTo("there is no routing table yet: proxyd waits for the first answer of the registry"
                        + " (etcd: connection refused: 10.0.0.2:2379)");
    }

    @Test
    void registryTellsItsStateWhatIsWrongAndWhatNobodyAskedFor() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .register("shop", "s1", "10.0.0.2", 80)
                .register("shop", "s2", "10.0.0.3", 80)
                .quarantine("/services/guestbook/g2", "port: 99999, expected 1 to 65535")
                .build()
                .advance(Duration.ofMillis(2250));
        assertThat(ok("/api/v1/registry").body())
                .isEqualTo(
                        """
                        {
                          "kind": "etcd",
                          "connected": true,
                          "revision": 42,
                          "confirmed": "2026-11-22T18:30:00Z",
                          "age_seconds": 2.25,
                          "error": null,
                          "source": "etcd",
                          "history_breaks": 0,
                          "doubt": null,
                          "relists": {
                            "compacted": 2,
                            "drift": 0
                          },
                          "audits": 7,
                          "audited": "2026-11-22T18:29:30Z",
                          "drifted": 1,
                          "propagation_ms": null,
                          "registrations": 3,
                          "brakes": [ ],
                          "probation": [ ],
                          "quarantined": [ {
                            "key": "/services/guestbook/g2",
                            "reason": "port: 99999, expected 1 to 65535"
                          } ],
                          "not_configured": [ {
                            "service": "shop",
                            "registrations": 2
                          } ]
                        }
                        """);
    }

    @Test
    void registryAnswersBeforeTheFirstTable() {
        proxy.registry(new RegistryStatus("etcd", false, 0, null, "connection refused"));
        JsonNode registry = json("/api/v1/registry");
        assertThat(registry.get("confirmed").isNull()).isTrue();
        assertThat(registry.get("age_seconds").isNull()).isTrue();
        assertThat(registry.get("quarantined")).isEmpty();
    }

    private static Registration registration(String id, int weight, Optional<Instant> deadline) {
        Registration.State state = deadline.isPresent() ? Registration.State.DRAINING : Registration.State.UP;
        return new Registration("guestbook", id, "10.0.0.1", 80, weight, state, deadline, true, Map.of(), Map.of());
    }

    private static EvidenceStatus.Kept kept(String id, Source source, boolean counting) {
        return new EvidenceStatus.Kept("guestbook", id, source, SampleProxy.START, Duration.ofSeconds(192), counting);
    }

    private void assertDecided(String id, String state, String source, String by, String reason) {
        JsonNode backend = backend(id);
        assertThat(backend.get("state").asString()).isEqualTo(state);
        assertThat(backend.get("source").asString()).isEqualTo(source);
        assertThat(backend.get("decided_by").asString()).isEqualTo(by);
        assertThat(backend.get("reason").asString()).isEqualTo(reason);
    }

    private void assertStands(String id, String reason, String since) {
        JsonNode backend = backend(id);
        assertThat(backend.get("state").asString()).isEqualTo(id);
        assertThat(backend.get("reason").asString()).isEqualTo(reason);
        assertThat(backend.get("since").asString()).isEqualTo(since);
    }

    private JsonNode backend(String id) {
        for (JsonNode backend : json("/api/v1/backends").get("backends")) {
            if (backend.get("id").asString().equals(id)) {
                return backend;
            }
        }
        throw new AssertionError("no backend " + id);
    }

    private JsonNode json(String path) {
        return json(path, Map.of());
    }

    private JsonNode json(String path, Map<String, List<String>> parameters) {
        Response response = response(path, parameters);
        assertThat(response.status()).isEqualTo(200);
        return response.json();
    }

    private Response ok(String path) {
        Response response = response(path, Map.of());
        assertThat(response.status()).isEqualTo(200);
        return response;
    }

    private Response response(String path, Map<String, List<String>> parameters) {
        Answer answer = pages.answer(path, new Page.Query(parameters, null, UnpooledByteBufAllocator.DEFAULT));
        try {
            return new Response(answer.status().code(), answer.body().toString(StandardCharsets.UTF_8));
        } finally {
            answer.body().release();
        }
    }

    private record Response(int status, String body) {
        JsonNode json() {
            return new JsonMapper().readTree(body);
        }
    }
}
