package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.AddressBlock;
import io.proxyd.config.RouteConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import io.proxyd.proxy.exchange.LoopCounts;
import io.proxyd.proxy.exchange.TracedExchange;
import io.proxyd.proxy.exchange.TracedExchange.TracedAttempt;
import io.proxyd.proxy.exchange.Traces;
import io.proxyd.proxy.route.AdmissionReading;
import io.proxyd.proxy.route.RequestTimes;
import io.proxyd.proxy.route.ServiceState;
import io.proxyd.proxy.route.Traffic;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What became of a request can be asked for by its id. */
final class ExplainTest extends WireTest {
    private static final String GET = "GET /a/b?secret=1 HTTP/1.1\r\nHost: a.example:8080\r\n\r\n";
    private static final String POST = "POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
    private static final Duration LONG = Duration.ofSeconds(30);

    private final DeadPorts ports = closing(new DeadPorts());

    @Test
    void tellsOfEachPartOfARequestThatWentWell() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(backend).loops(2));
        Instant before = Instant.now();
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(200);
        ExchangeRecord record = proxy.record();
        TracedExchange trace = trace(proxy, record.requestId());
        assertThat(trace.method()).isEqualTo("GET");
        assertThat(trace.host()).isEqualTo("a.example:8080");
        assertThat(trace.path()).as("without the query").isEqualTo("/a/b");
        RouteConfig route = trace.route();
        assertThat(route == null ? null : route.service()).isEqualTo(record.service());
        assertThat(trace.start()).isBetween(before.minusMillis(1), Instant.now());
        assertThat(trace.underWay()).isFalse();
        assertThat(trace.status()).isEqualTo(200);
        assertThat(trace.failure()).isNull();
        assertThat(trace.whyNoMore()).isNull();
        assertThat(trace.durationNanos()).isEqualTo(record.durationNanos());
        TracedAttempt attempt = trace.attempts().get(0);
        assertThat(trace.attempts()).hasSize(1);
        assertThat(attempt.backend()).isEqualTo(record.backend());
        assertThat(attempt.why()).isEqualTo("first");
        assertThat(attempt.outcome()).isEqualTo("answered");
        assertThat(attempt.status()).isEqualTo(200);
        assertThat(attempt.idleConnection()).isFalse();
        assertThat(attempt.connectNanos()).isPositive();
        assertThat(attempt.headNanos())
                .isEqualTo(record.backendNanos())
                .isGreaterThan(attempt.connectNanos())
                .isLessThanOrEqualTo(attempt.endNanos());
    }

    @Test
    void tellsOfTheAttemptThatFailedAndOfTheOneThatFollowed() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to(ports.refusing(), backend.port()));
        RawClient client = client(proxy);
        ExchangeRecord record;
        do {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
            record = proxy.record();
        } while (record.attempts() == 1);
        TracedExchange trace = trace(proxy, record.requestId());
        assertThat(trace.attemptsMade()).isEqualTo(2);
        assertThat(trace.attempts()).extracting(TracedAttempt::why).containsExactly("first", "retry");
        assertThat(trace.attempts()).extracting(TracedAttempt::outcome).containsExactly("failed", "answered");
        assertThat(trace.attempts()).extracting(TracedAttempt::failure).containsExactly("connect-failed", null);
        assertThat(trace.attempts().get(0).connectNanos()).isNull();
        assertThat(trace.whyNoMore()).isNull();
    }

    @Test
    void tellsWhyThereWasNoFurtherAttempt() throws Exception {
        RawBackend.Script closing = connection -> connection.request();
        RunningProxy proxy = proxy(rigTo(backend(closing), backend(closing)));
        assertThat(client(proxy).exchange(POST).status()).isEqualTo(502);
        TracedExchange post = trace(proxy, proxy.record().requestId());
        assertThat(post.failure()).isEqualTo("backend-closed");
        assertThat(post.whyNoMore()).isEqualTo("it was sent, and its method does not allow to send it twice");
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(502);
        TracedExchange get = trace(proxy, proxy.record().requestId());
        assertThat(get.attempts()).extracting(TracedAttempt::outcome).containsExactly("failed", "failed");
        assertThat(get.whyNoMore()).isEqualTo("no backend is left that was not tried");
    }

    @Test
    void tellsThatTheBudgetWasSpent() throws Exception {
        RawBackend.Script closing = connection -> connection.request();
        RunningProxy proxy = proxy(rigTo(backend(closing), backend(closing))
                .retries(new ServiceConfig.Retries(3, 0, 0, List.of(), false, 0, 0)));
        assertThat(client(proxy).exchange(GET).status()).isEqualTo(502);
        assertThat(trace(proxy, proxy.record().requestId()).whyNoMore()).isEqualTo("the retry budget is spent");
    }

    @Test
    void tellsOfTheHedgeThatAnsweredAndOfTheCancelledOne() throws Exception {
        RawBackend silent = backend(Scripts.silent());
        RawBackend answering = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(silent, answering).hedgingAfter(Duration.ofMillis(20)));
        RawClient client = client(proxy);
        ExchangeRecord record;
        do {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
            record = proxy.record();
        } while (record.attempts() == 1);
        TracedExchange trace = trace(proxy, record.requestId());
        assertThat(trace.attempts()).extracting(TracedAttempt::why).containsExactly("first", "hedge");
        assertThat(trace.attempts()).extracting(TracedAttempt::outcome).containsExactly("cancelled", "answered");
        assertThat(trace.attempts().get(1).startNanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(15));
        assertThat(trace.ownNanos()).as("it waited all the time").isLessThan(trace.durationNanos());
    }

    @Test
    void tellsOfTheWaitToBeLetIn() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                gate.await();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
        RunningProxy proxy = proxy(rigTo(backend).admitting(1, 10, LONG));
        RawClient first = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 1);
        RawClient second = client(proxy).send(GET);
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 2);
        ServiceState state = proxy.table().services().values().iterator().next().state();
        Eventually.until("one waits", () -> state.admission().equals(new AdmissionReading(1, 1, 1L)));
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
        assertThat(second.response().status()).isEqualTo(200);
        ExchangeRecord one = proxy.record();
        ExchangeRecord two = proxy.record();
        assertThat(one.queueNanos()).isZero();
        assertThat(two.queueNanos()).isPositive();
        assertThat(two.queueNanos() + two.backendNanos() + two.ownNanos()).isLessThanOrEqualTo(two.durationNanos());
        assertThat(trace(proxy, two.requestId()).queueNanos()).isEqualTo(two.queueNanos());
        assertThat(state.admission()).isEqualTo(new AdmissionReading(0, 0, 1L));
        assertThat(sum(state, RequestTimes.Part.QUEUE)).isEqualTo(two.queueNanos());
        assertThat(sum(state, RequestTimes.Part.OWN)).isEqualTo(one.ownNanos() + two.ownNanos());
        assertThat(sum(state, RequestTimes.Part.BACKEND)
                        + sum(state, RequestTimes.Part.QUEUE)
                        + sum(state, RequestTimes.Part.OWN))
                .as("the parts are the whole")
                .isEqualTo(one.durationNanos() + two.durationNanos());
        assertThat(count(state, RequestTimes.Part.OWN)).isEqualTo(2);
    }

    @Test
    void tellsOfARequestThatIsUnderWay() throws Exception {
        RawBackend silent = backend(Scripts.silent());
        RunningProxy proxy = proxy(rigTo(silent));
        RawClient client = client(proxy).send(GET);
        String id = silent.request().head().only("X-Request-Id");
        TracedExchange trace = trace(proxy, id);
        assertThat(trace.underWay()).isTrue();
        assertThat(trace.attempts()).extracting(TracedAttempt::outcome).containsExactly("under-way");
        client.reset();
        proxy.awaitCount("exchanges", LoopCounts::exchanges, 0);
        TracedExchange after = trace(proxy, id);
        assertThat(after.failure()).isEqualTo("client-closed");
        assertThat(after.attempts()).extracting(TracedAttempt::outcome).containsExactly("cancelled");
    }

    @Test
    void knowsARequestByTheIdThatATrustedProxyGaveIt() throws Exception {
        AddressBlock loopback = new AddressBlock(InetAddress.getLoopbackAddress(), 8);
        RunningProxy proxy = proxy(rigTo(backend(Scripts.echo())).trusting(loopback));
        RawClient client = client(proxy);
        assertThat(client.exchange(GET.replace("\r\n\r\n", "\r\nX-Request-Id: edge-7\r\n\r\n"))
                        .status())
                .isEqualTo(200);
        assertThat(proxy.record().requestId()).isEqualTo("edge-7");
        assertThat(client.exchange(POST).status()).isEqualTo(200);
        assertThat(trace(proxy, "edge-7").method()).isEqualTo("GET");
        assertThat(find(proxy, "edge-8")).isEmpty();
        assertThat(find(proxy, "edge-")).isEmpty();
    }

    @Test
    void forgetsWhatWentWellBeforeWhatFailed() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                if (request.head().method().equals("POST")) {
                    return;
                }
                connection.write(OK);
            }
        });
        RunningProxy proxy = proxy(rigTo(backend));
        RawClient client = client(proxy);
        assertThat(client.exchange(GET).status()).isEqualTo(200);
        String good = proxy.record().requestId();
        assertThat(client.exchange(POST).status()).isEqualTo(502);
        String bad = proxy.record().requestId();
        for (int i = 0; i < Traces.KEPT; i++) {
            assertThat(client.exchange(GET).status()).isEqualTo(200);
        }
        assertThat(find(proxy, good)).isEmpty();
        assertThat(find(proxy, bad)).isPresent();
        assertThat(find(proxy, "0123456789abcdef0123456789abcdef")).isEmpty();
        assertThat(find(proxy, "")).isEmpty();
    }

    private static long sum(ServiceState state, RequestTimes.Part part) {
        return state.times().stream().mapToLong(t -> t.of(part).sumNanos()).sum();
    }

    private static long count(ServiceState state, RequestTimes.Part part) {
        long count = 0;
        for (RequestTimes times : state.times()) {
            for (int i = 0; i < Traffic.buckets(); i++) {
                count += times.of(part).inBucket(i);
            }
        }
        return count;
    }

    private static TracedExchange trace(RunningProxy proxy, String id) {
        return find(proxy, id).orElseThrow(() -> new AssertionError("nothing is remembered of " + id));
    }

    private static Optional<TracedExchange> find(RunningProxy proxy, String id) {
        return proxy.server()
                .trace(id)
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}
