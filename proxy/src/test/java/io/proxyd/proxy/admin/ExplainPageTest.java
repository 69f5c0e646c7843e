package io.proxyd.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.proxyd.config.RouteConfig;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.exchange.TracedExchange.TracedAttempt;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.telemetry.SampleProxy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExplainPageTest {
    private final SampleProxy proxy = new SampleProxy();
    private final Map<String, TracedExchange> remembered = new HashMap<>();
    private final Operations operations = new Operations(
            new LocalIntents("there is no registry", "sample-1", Map.of(), proxy::now),
            service -> CompletableFuture.completedFuture(0),
            id -> CompletableFuture.completedFuture(Optional.ofNullable(remembered.get(id))));
    private final ExplainPage page = new ExplainPage(proxy.sources(), operations, new Json());

    @Test
    void namesRouteServiceAndWhatSpeaksForEachBackend() {
        proxy.configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80, 100, Registration.State.UP)
                .register("guestbook", "g2", "10.0.0.2", 80, 300, Registration.State.UP)
                .register("guestbook", "g3", "10.0.0.3", 80, 100, Registration.State.UP)
                .register("guestbook", "g4", "10.0.0.4", 80, 100, Registration.State.DRAINING)
                .build();
        for (String id : List.of("g1", "g2", "g3", "g4")) {
            proxy.resolve("guestbook", id, "10.0.0.9")
                    .health(new HealthVerdict(HealthVerdict.Health.PASSING, "HTTP 200", proxy.now()));
        }
        proxy.backend("guestbook", "g3")
                .health(new HealthVerdict(HealthVerdict.Health.FAILING, "connection refused", proxy.now()));
        proxy.backend("guestbook", "g1").attemptStarted();

        JsonNode answer = ok(Map.of("host", "a.example", "path", "/x/../guestbook/a?b=c"));
        assertThat(answer.get("method").asString()).isEqualTo("GET");
        assertThat(answer.get("path").asString()).as("as it is routed by").isEqualTo("/guestbook/a?b=c");
        assertThat(answer.get("route").get("host").asString()).isEqualTo("*");
        assertThat(answer.get("route").get("path").asString()).isEqualTo("/guestbook");
        assertThat(answer.get("refusal").isNull()).isTrue();
        JsonNode service = answer.get("service");
        assertThat(service.get("service").asString()).isEqualTo("guestbook");
        assertThat(service.get("algorithm").asString()).isEqualTo("least-request");
        assertThat(service.get("panic").asBoolean()).isFalse();
        assertThat(service.get("candidates").asInt()).isEqualTo(2);
        assertThat(service.get("admission").get("in_flight").asInt()).isZero();
        assertThat(service.get("admission").get("limit").isNull()).isTrue();

        JsonNode g1 = answer.get("backends").get(0);
        assertThat(g1.get("id").asString()).isEqualTo("g1");
        assertThat(g1.get("candidate").asBoolean()).isTrue();
        assertThat(g1.get("share").asDouble()).isEqualTo(0.25);
        assertThat(g1.get("in_flight").asInt()).isEqualTo(1);
        assertThat(g1.get("score_text").asString()).contains("1 in flight");
        assertThat(g1.get("excluded").isNull()).isTrue();
        JsonNode g3 = answer.get("backends").get(2);
        assertThat(g3.get("candidate").asBoolean()).isFalse();
        assertThat(g3.get("share").asDouble()).isZero();
        assertThat(g3.get("score_text").isNull()).isTrue();
        assertThat(g3.get("excluded").asString()).isEqualTo("unhealthy: connection refused");
        assertThat(answer.get("backends").get(3).get("excluded").asString())
                .isEqualTo("draining: its registration asks for no new requests");
    }

    @Test
    void tellsWhatProxydWouldAnswerItself() {
        proxy.configure("guestbook").build();
        assertRefused(Map.of("host", "a.example", "path", "/other"), 404, "no-route");
        assertRefused(Map.of("host", "a.example", "path", "/guestbook"), 503, "no-backend");
        assertRefused(Map.of("host", "a.example", "path", "/guestbook", "method", "TRACE"), 405, "method-refused");
        assertRefused(Map.of("host", "a@example", "path", "/guestbook"), 400, "bad-request");
    }

    @Test
    void refusesWhatWouldBeMoreThanOneRequest() {
        proxy.configure("guestbook").build();
        for (Map<String, String> parameters : List.of(
                Map.of("host", "a.example\r\nCookie: x", "path", "/"),
                Map.of("host", "a.example", "path", "/ HTTP/1.1"),
                Map.of("host", "a.example", "method", "GET /"),
                Map.of("path", "/"),
                Map.of("id", "8c1f", "host", "a.example"))) {
            assertThatThrownBy(() -> ask(parameters))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected");
        }
    }

    @Test
    void tellsWhatBecameOfARequest() {
        proxy.build();
        remembered.put(
                "8c1f",
                new TracedExchange(
                        "8c1f",
                        SampleProxy.START,
                        "GET",
                        "a.example",
                        "/",
                        new RouteConfig("*", "/", "guestbook"),
                        false,
                        200,
                        null,
                        null,
                        null,
                        12_345_000,
                        2_000_000,
                        45_000,
                        List.of(
                                new TracedAttempt(
                                        "g1",
                                        "first",
                                        2_000_000,
                                        false,
                                        null,
                                        null,
                                        1_000_000L,
                                        0,
                                        "failed",
                                        "connect-failed",
                                        "connection refused"),
                                new TracedAttempt(
                                        "g2",
                                        "retry",
                                        3_000_000,
                                        true,
                                        null,
                                        9_000_000L,
                                        9_300_000L,
                                        200,
                                        "answered",
                                        null,
                                        null)),
                        2));
        JsonNode answer = ok(Map.of("id", "8c1f"));
        assertThat(answer.get("service").asString()).isEqualTo("guestbook");
        assertThat(answer.get("duration_ms").asDouble()).isEqualTo(12.345);
        assertThat(answer.get("queue_ms").asDouble()).isEqualTo(2);
        assertThat(answer.get("backend_ms").asDouble()).isEqualTo(10.3);
        assertThat(answer.get("own_ms").asDouble()).isEqualTo(0.045);
        JsonNode failed = answer.get("attempts").get(0);
        assertThat(failed.get("failure").asString()).isEqualTo("connect-failed");
        assertThat(failed.get("connection").asString()).isEqualTo("new");
        assertThat(failed.get("status").isNull()).isTrue();
        assertThat(answer.get("attempts").get(1).get("head_ms").asDouble()).isEqualTo(9);
    }

    @Test
    void saysOfAnUnknownRequestHowManyAreKept() {
        proxy.build();
        Answer answer = ask(Map.of("id", "8c1f"));
        assertThat(answer.status().code()).isEqualTo(404);
        assertThat(text(answer)).contains("request 8c1f is not known here; each of 2 event loops keeps its last 1024");
    }

    private void assertRefused(Map<String, String> parameters, int status, String failure) {
        JsonNode refusal = ok(parameters).get("refusal");
        assertThat(refusal.get("status").asInt()).isEqualTo(status);
        assertThat(refusal.get("failure").asString()).isEqualTo(failure);
    }

    private JsonNode ok(Map<String, String> parameters) {
        Answer answer = ask(parameters);
        assertThat(answer.status().code()).isEqualTo(200);
        return new JsonMapper().readTree(text(answer));
    }

    private Answer ask(Map<String, String> parameters) {
        Map<String, List<String>> lists = new HashMap<>();
        parameters.forEach((name, value) -> lists.put(name, List.of(value)));
        Page.Query query = new Page.Query(lists, null, UnpooledByteBufAllocator.DEFAULT);
        return page.answer(query, Runnable::run).toCompletableFuture().join();
    }

    private static String text(Answer answer) {
        try {
            return answer.body().toString(StandardCharsets.UTF_8);
        } finally {
            answer.body().release();
        }
    }
}
