package io.proxyd.proxy.health;

import static io.proxyd.proxy.health.CheckedBackend.OK;
import static io.proxyd.proxy.health.CheckedBackend.status;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.HealthCheckConfig.Draining;
import io.proxyd.config.HealthCheckConfig.StatusRange;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.HealthVerdict.Health;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.RoutingTableBuilder;
import io.proxyd.proxy.route.SampleConfig;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.route.Standing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class HealthChecksTest {
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration PATIENT = Duration.ofSeconds(60);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final AtomicLong seconds = new AtomicLong();
    /** Each look at it is a second later. */
    private final InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());

    private final HealthChecks checks = new HealthChecks(loop, NioSocketChannel::new, clock, new SplittableRandom(1));
    private final RoutingTableBuilder builder = new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE);
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(Checker.class);
    private @Nullable RoutingTable table;

    @BeforeEach
    void listenToTheLog() {
        logger.setLevel(Level.INFO);
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void end() throws Exception {
        logger.detachAppender(log);
        checks.close();
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void aNewBackendIsCheckedAtOnceAndOnePassIsEnough() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(Duration.ofHours(1), PATIENT, 3, 3)), backend);
        assertThat(live.health().health()).isEqualTo(Health.UNCHECKED);

        backend.answer(OK);
        awaitHealth(live, Health.PASSING);

        assertThat(live.health().reason()).isEqualTo("HTTP 200");
        assertThat(live.health().since()).isEqualTo(Instant.ofEpochSecond(1));
        assertThat(logged(Level.INFO)).containsExactly(line(backend, "is healthy: HTTP 200 (1 pass)"));
    }

    @Test
    void aNewBackendWhoseFirstCheckFailsIsUnhealthy() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 2, 3)), backend);

        backend.answer(status(500));
        awaitHealth(live, Health.FAILING);

        assertThat(live.health().reason()).isEqualTo("HTTP 500, expected 200 to 299");
        assertThat(logged(Level.WARN))
                .containsExactly(line(backend, "is unhealthy: HTTP 500, expected 200 to 299 (1 failure)"));
    }

    @Test
    void healthFallsAndRisesOnlyAfterSoManyInARow() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 2, 3)), backend);
        backend.awaitCheck();

        assertThat(judged(backend, live, OK)).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, OK)).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.FAILING);
        assertThat(judged(backend, live, OK)).isEqualTo(Health.FAILING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.FAILING);
        assertThat(judged(backend, live, OK)).isEqualTo(Health.FAILING);
        assertThat(judged(backend, live, OK)).isEqualTo(Health.PASSING);

        assertThat(checks.counts(live)).isEqualTo(new HealthChecks.Counts(5, 6));
        assertThat(logged(Level.WARN))
                .containsExactly(line(backend, "is unhealthy: HTTP 500, expected 200 to 299 (3 failures in a row)"));
        assertThat(logged(Level.INFO))
                .containsExactly(
                        line(backend, "is healthy: HTTP 200 (1 pass)"),
                        line(backend, "is healthy: HTTP 200 (2 passes in a row)"));
    }

    @Test
    void aCheckIsAGetThatSaysWhoAsksAndClosesItsConnection() throws Exception {
        CheckedBackend backend = backend();
        check(http(schedule(PATIENT, PATIENT, 1, 1)), backend);
        backend.awaitCheck();

        assertThat(backend.heads().element().toLowerCase(Locale.ROOT).split("\r\n"))
                .startsWith("get /healthz http/1.1")
                .contains("host: 127.0.0.1:" + backend.port(), "user-agent: proxyd-health-check", "connection: close");
    }

    @Test
    void aConfiguredHostIsSent() throws Exception {
        CheckedBackend backend = backend();
        HealthCheckConfig check = new HealthCheckConfig.Http(
                schedule(PATIENT, PATIENT, 1, 1), "/up?full=1", "guestbook.example.org", 200, 299);
        check(check, backend);
        backend.awaitCheck();

        assertThat(backend.heads().element()).startsWith("GET /up?full=1 HTTP/1.1\r\n");
        assertThat(backend.heads().element()).containsIgnoringCase("\r\nhost: guestbook.example.org\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "200, 204, 204, PASSING",
        "200, 204, 205, FAILING",
        "300, 399, 204, FAILING",
        "200, 399, 302, PASSING",
        "401, 401, 401, PASSING"
    })
    void onlyTheExpectedStatusesPass(int min, int max, int status, Health health) throws Exception {
        CheckedBackend backend = backend();
        backend.answer(status(status));
        LiveBackend live =
                check(new HealthCheckConfig.Http(schedule(PATIENT, PATIENT, 1, 1), "/", null, min, max), backend);
        awaitHealth(live, health);
    }

    @Test
    void anInterimResponseIsNotTheAnswer() throws Exception {
        CheckedBackend backend = backend();
        backend.answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
        LiveBackend live = check(http(schedule(PATIENT, PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.PASSING);
        assertThat(live.health().reason()).isEqualTo("HTTP 204");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | connection closed before a response",
                "'HTTP/1.1 200 OK\r\n' | connection closed before a response",
                "'SSH-2.0-OpenSSH_9.2p1\r\n' | not HTTP: ",
                "'220 mail.example.org ESMTP\r\n' | not HTTP: ",
            })
    void whatIsNoResponseFails(String answer, String reason) throws Exception {
        CheckedBackend backend = backend();
        backend.answer(answer);
        LiveBackend live = check(http(schedule(PATIENT, PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.FAILING);
        assertThat(live.health().reason()).startsWith(reason);
    }

    @Test
    void aHeadWithoutEndIsNotReadForever() throws Exception {
        CheckedBackend backend = backend();
        backend.answer("HTTP/1.1 200 OK\r\nEndless: " + "a".repeat(64 * 1024));
        LiveBackend live = check(http(schedule(PATIENT, PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.FAILING);
        assertThat(live.health().reason()).startsWith("not HTTP: ");
    }

    @Test
    void whatTheBackendSaidIsFitForALog() throws Exception {
        CheckedBackend backend = backend();
        backend.answer("\u001b[31m" + "x".repeat(500) + "\r\n");
        LiveBackend live = check(http(schedule(PATIENT, PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.FAILING);
        assertThat(live.health().reason()).matches("[\\x20-\\x7E]{1,150}");
    }

    @Test
    void aBackendThatDoesNotAnswerInTimeFails() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(PATIENT, Duration.ofMillis(200), 1, 1)), backend);
        backend.awaitCheck();
        awaitHealth(live, Health.FAILING);
        backend.awaitHangUp();
        assertThat(live.health().reason()).isEqualTo("no answer within 200 ms");
    }

    @Test
    void aBackendThatDoesNotAcceptInTimeFails() throws Exception {
        ServerSocket full = closeLater(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        for (int i = 0; i < 4; i++) { // more than its backlog takes, so that further connects hang
            SocketChannel channel = closeLater(SocketChannel.open());
            channel.configureBlocking(false);
            channel.connect(full.getLocalSocketAddress());
        }
        LiveBackend live =
                check(new HealthCheckConfig.Tcp(schedule(PATIENT, Duration.ofMillis(100), 1, 1)), (InetSocketAddress)
                        full.getLocalSocketAddress());
        awaitHealth(live, Health.FAILING);
        assertThat(live.health().reason()).isEqualTo("no connection within 100 ms");
    }

    @Test
    void aRefusedConnectionFails() throws Exception {
        Socket bound = closeLater(new Socket()); // holds its port and does not listen
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        LiveBackend live =
                check(http(schedule(PATIENT, PATIENT, 1, 1)), (InetSocketAddress) bound.getLocalSocketAddress());
        awaitHealth(live, Health.FAILING);
        assertThat(live.health().reason()).isEqualTo("connection refused");
        assertThat(logged(Level.WARN))
                .containsExactly("guestbook/guestbook-1 (127.0.0.1:" + bound.getLocalPort()
                        + ") is unhealthy: connection refused (1 failure)");
    }

    @Test
    void aTcpCheckPassesWhenTheConnectionOpens() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(new HealthCheckConfig.Tcp(schedule(SOON, PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.PASSING);
        assertThat(live.health().reason()).isEqualTo("connected");
        Eventually.until("checked again", () -> backend.accepted() >= 3);
        assertThat(backend.heads()).isEmpty();
    }

    @Test
    void aCheckThatHangsIsNotOverlappedByTheNext() throws Exception {
        CheckedBackend hanging = backend();
        CheckedBackend answering = backend();
        answering.answerAlways(OK);
        update(http(schedule(SOON, PATIENT, 1, 1)), registration("1", hanging), registration("2", answering));
        hanging.awaitCheck();

        int before = answering.accepted();
        Eventually.until("ten intervals have passed", () -> answering.accepted() >= before + 10);
        assertThat(hanging.accepted()).isEqualTo(1);

        hanging.answer(OK);
        hanging.awaitCheck();
    }

    @Test
    void aBackendWithoutAddressIsCheckedAsSoonAsItHasOne() throws Exception {
        CheckedBackend backend = backend();
        CheckedBackend other = backend();
        other.answerAlways(OK);
        RoutingTable built = builder.build(
                SampleConfig.config(SampleConfig.service("guestbook", http(schedule(SOON, PATIENT, 1, 1)))),
                SampleConfig.view(registration("1", backend), registration("2", other)),
                null);
        LiveBackend live = live(built, 0);
        live(built, 1).address(other.address());
        checks.update(built);
        awaitHealth(live(built, 1), Health.PASSING);
        assertThat(live.health().health()).isEqualTo(Health.UNCHECKED);

        backend.answer(OK);
        live.address(backend.address());
        awaitHealth(live, Health.PASSING);
    }

    @Test
    void aMovedBackendIsCheckedAtItsNewAddress() throws Exception {
        CheckedBackend first = backend();
        CheckedBackend second = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 1, 1)), first);
        first.awaitCheck();
        live.address(second.address());
        first.answer(OK);
        second.awaitCheck();
        assertThat(first.accepted()).isEqualTo(1);
    }

    @Test
    void stateSurvivesAChangedWeight() throws Exception {
        CheckedBackend backend = backend();
        HealthCheckConfig check = http(schedule(SOON, PATIENT, 2, 2));
        LiveBackend live = check(check, backend);
        backend.awaitCheck();
        assertThat(judged(backend, live, OK)).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        HealthVerdict before = live.health();

        update(
                check,
                SampleConfig.registration(
                        "guestbook", "guestbook-1", "127.0.0.1", backend.port(), 0, Registration.State.DRAINING));
        flush();

        assertThat(live(table(), 0)).isSameAs(live);
        assertThat(live.weight()).isZero();
        assertThat(live.health()).isSameAs(before);
        assertThat(backend.accepted())
                .as("the check that was under way goes on")
                .isEqualTo(3);
        assertThat(judged(backend, live, status(500)))
                .as("the second failure in a row, and a draining backend is checked")
                .isEqualTo(Health.FAILING);
    }

    @Test
    void aChangedCheckIsAppliedAtOnceAndKeepsTheState() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 2, 2)), backend);
        backend.awaitCheck();
        assertThat(judged(backend, live, OK)).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(404))).isEqualTo(Health.PASSING);

        update(
                new HealthCheckConfig.Http(schedule(Duration.ofHours(1), PATIENT, 2, 2), "/other", null, 200, 299),
                registration("1", backend));
        backend.awaitHangUp();
        backend.awaitCheck();
        assertThat(backend.heads()).last().asString().startsWith("GET /other HTTP/1.1\r\n");
        assertThat(live.health().health()).isEqualTo(Health.PASSING);

        backend.answer(status(404));
        awaitHealth(live, Health.FAILING);
    }

    @Test
    void aShorterIntervalDoesNotWaitForTheLongOneToPass() throws Exception {
        CheckedBackend backend = backend();
        backend.answerAlways(OK);
        LiveBackend live = check(http(schedule(Duration.ofHours(1), PATIENT, 1, 1)), backend);
        awaitHealth(live, Health.PASSING);
        update(http(schedule(SOON, PATIENT, 1, 1)), registration("1", backend));
        Eventually.until("checked again", () -> backend.accepted() >= 5);
    }

    @Test
    void aRemovedBackendIsNotCheckedAnyMore() throws Exception {
        CheckedBackend removed = backend();
        CheckedBackend kept = backend();
        HealthCheckConfig check = http(schedule(SOON, PATIENT, 1, 1));
        kept.answerAlways(OK);
        update(check, registration("1", removed), registration("2", kept));
        LiveBackend live = live(table(), 0);
        removed.awaitCheck();

        update(check, registration("2", kept));
        removed.awaitHangUp();
        int before = kept.accepted();
        Eventually.until("ten intervals have passed", () -> kept.accepted() >= before + 10);

        assertThat(removed.accepted()).isEqualTo(1);
        assertThat(live.health().health()).isEqualTo(Health.UNCHECKED);
        assertThat(checks.counts(live)).isEqualTo(new HealthChecks.Counts(0, 0));
    }

    @Test
    void aBackendThatComesBackIsAsHealthyAsItWasAndCheckedAtOnce() throws Exception {
        CheckedBackend backend = backend();
        HealthCheckConfig check = http(schedule(Duration.ofHours(1), PATIENT, 2, 1));
        LiveBackend first = check(check, backend);
        backend.answer(OK);
        backend.awaitCheck();
        awaitHealth(first, Health.PASSING);
        update(check);
        flush();
        update(check, registration("1", backend));

        LiveBackend second = live(table(), 0);
        assertThat(second).isSameAs(first);
        assertThat(second.health().health()).isEqualTo(Health.PASSING);
        backend.awaitCheck();
        backend.answer(status(500));
        awaitHealth(second, Health.FAILING);
    }

    @Test
    void aTextOfTheBodyMayBeDemanded() throws Exception {
        HealthCheckConfig check = new HealthCheckConfig.Http(
                schedule(SOON, PATIENT, 1, 1),
                "/",
                null,
                List.of(new StatusRange(200, 200), new StatusRange(204, 204)),
                "all is w\u00e9ll",
                Map.of(),
                Draining.NEVER);
        CheckedBackend backend = backend();
        LiveBackend live = check(check, backend);
        backend.awaitCheck();
        assertThat(judged(backend, live, body("so far all is w\u00c3\u00a9ll here")))
                .isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, body("nothing is"))).isEqualTo(Health.FAILING);
        assertThat(live.health().reason()).isEqualTo("HTTP 200, but its body does not hold \"all is w?ll\"");
        String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "7\r\nall is \r\n3\r\nw\u00c3\u00a9\r\n2\r\nll\r\n0\r\n\r\n";
        assertThat(judged(backend, live, chunked)).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, body("x".repeat(16 * 1024) + "all is w\u00c3\u00a9ll")))
                .as("too far behind")
                .isEqualTo(Health.FAILING);
        assertThat(judged(backend, live, "HTTP/1.1 200 OK\r\n\r\nall is w\u00c3\u00a9ll"))
                .as("until the connection closes")
                .isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.FAILING);
        assertThat(live.health().reason()).isEqualTo("HTTP 500, expected 200, 204");
    }

    @Test
    void configuredFieldsAreSent() throws Exception {
        CheckedBackend backend = backend();
        check(demanding(schedule(PATIENT, PATIENT, 1, 1), Map.of("X-Probe", "proxyd 1"), Draining.NEVER), backend);
        backend.awaitCheck();
        assertThat(backend.heads().element()).containsIgnoringCase("\r\nx-probe: proxyd 1\r\n");
    }

    @Test
    void aBackendDrainsWhileItsAnswersSaySo() throws Exception {
        CheckedBackend backend = backend();
        Draining draining = new Draining("X-Draining", 299);
        LiveBackend live = check(demanding(schedule(SOON, PATIENT, 2, 2), Map.of(), draining), backend);
        backend.awaitCheck();
        judged(backend, live, OK);
        assertThat(stands(live)).isEqualTo(Standing.UP);

        assertThat(judged(backend, live, field("X-Draining: true"))).isEqualTo(Health.PASSING);
        assertThat(stands(live)).isEqualTo(Standing.DRAINING);
        Instant since = live.health().drainingSince();
        judged(backend, live, field("X-Draining: yes"));
        judged(backend, live, status(500));
        assertThat(live.health().drainingSince())
                .as("a failed check does not end it")
                .isEqualTo(since);

        judged(backend, live, field("X-Draining: False"));
        assertThat(stands(live)).isEqualTo(Standing.UP);
        assertThat(judged(backend, live, status(299))).isEqualTo(Health.PASSING);
        assertThat(stands(live)).isEqualTo(Standing.DRAINING);
        judged(backend, live, field("X-Draining: 0"));
        assertThat(stands(live)).isEqualTo(Standing.UP);
        assertThat(logged(Level.INFO))
                .contains(
                        line(backend, "says in its health check that it drains"),
                        line(backend, "says no more in its health check that it drains"));
    }

    @Test
    void aDrainingBackendThatDiesIsUnhealthy() throws Exception {
        CheckedBackend backend = backend();
        Draining draining = new Draining("X-Draining", 0);
        LiveBackend live = check(demanding(schedule(SOON, PATIENT, 2, 2), Map.of(), draining), backend);
        backend.awaitCheck();
        judged(backend, live, field("X-Draining: 1"));
        judged(backend, live, CheckedBackend.CLOSE);
        assertThat(stands(live)).isEqualTo(Standing.DRAINING);
        judged(backend, live, CheckedBackend.CLOSE);
        assertThat(stands(live)).isEqualTo(Standing.UNHEALTHY);
    }

    @Test
    void anEjectedBackendIsCheckedAtOnceAndOftenUntilTheChecksAgree() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(hastyInDoubt(2, 3)), backend);
        backend.answer(OK);
        awaitHealth(live, Health.PASSING);
        backend.awaitCheck();

        checks.ejected(live);
        backend.awaitCheck();
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.PASSING);
        backend.answer(status(500));
        awaitHealth(live, Health.FAILING);
        flush();
        assertThat(backend.accepted()).as("then at the usual pace").isEqualTo(4);
    }

    @Test
    void anEjectedBackendWhoseChecksPassIsSoonCheckedAtTheUsualPace() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(hastyInDoubt(2, 3)), backend);
        backend.answer(OK);
        awaitHealth(live, Health.PASSING);
        backend.awaitCheck();

        checks.ejected(live);
        backend.awaitCheck();
        judged(backend, live, OK);
        backend.answer(OK);
        Eventually.until("the third pass", () -> checks.counts(live).passed() == 3);
        flush();
        assertThat(backend.accepted()).isEqualTo(3);
    }

    @Test
    void aFirstFailureIsFollowedUpSoon() throws Exception {
        CheckedBackend backend = backend();
        HealthCheckConfig.Schedule schedule =
                new HealthCheckConfig.Schedule(Duration.ofMillis(300), SOON, 0, PATIENT, 2, 3, true);
        LiveBackend live = check(http(schedule), backend);
        backend.awaitCheck();
        judged(backend, live, OK);
        long start = System.nanoTime();
        judged(backend, live, status(500));
        judged(backend, live, status(500));
        backend.answer(status(500));
        awaitHealth(live, Health.FAILING);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(600));
    }

    @Test
    void withoutACheckBackendsAreNotChecked() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(SampleConfig.NO_CHECK, backend);
        awaitHealth(live, Health.NOT_CHECKED);
        assertThat(live.health().reason()).isEqualTo("no health check is configured");
        assertThat(backend.accepted()).isZero();
    }

    @Test
    void checksMayBeTakenAwayAndGivenAgain() throws Exception {
        CheckedBackend backend = backend();
        HealthCheckConfig check = http(schedule(SOON, PATIENT, 2, 2));
        LiveBackend live = check(check, backend);
        backend.awaitCheck();
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.FAILING);

        update(SampleConfig.NO_CHECK, registration("1", backend));
        backend.awaitHangUp();
        awaitHealth(live, Health.NOT_CHECKED);

        update(check, registration("1", backend));
        backend.awaitCheck();
        assertThat(judged(backend, live, status(500)))
                .as("it serves, so one failure is not enough")
                .isEqualTo(Health.NOT_CHECKED);
        assertThat(judged(backend, live, status(500))).isEqualTo(Health.FAILING);
    }

    @Test
    void onlyAChangedHealthChangesSince() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 2, 2)), backend);
        backend.awaitCheck();
        judged(backend, live, status(500));
        Instant since = live.health().since();
        judged(backend, live, status(503));
        assertThat(live.health().reason()).isEqualTo("HTTP 503, expected 200 to 299");
        assertThat(live.health().since()).isEqualTo(since);
        judged(backend, live, OK);
        judged(backend, live, OK);
        assertThat(live.health().since()).isAfter(since);
    }

    @Test
    void aCheckThatSaysNothingNewChangesNothing() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 2, 2)), backend);
        backend.awaitCheck();
        judged(backend, live, OK);
        HealthVerdict verdict = live.health();
        Service service = service();
        long now = System.nanoTime();
        var balancer = service.balancer(now);

        judged(backend, live, OK);
        judged(backend, live, OK);

        assertThat(live.health()).isSameAs(verdict);
        assertThat(service.balancer(now)).as("nothing was built again").isSameAs(balancer);
    }

    @Test
    void manyNewBackendsAreAllChecked() throws Exception {
        CheckedBackend backend = backend();
        backend.answerAlways(OK);
        Registration[] registrations = new Registration[60];
        for (int i = 0; i < registrations.length; i++) {
            registrations[i] = registration(String.valueOf(100 + i), backend);
        }
        update(http(schedule(PATIENT, PATIENT, 1, 1)), registrations);
        for (LiveBackend live : service().backends()) {
            awaitHealth(live, Health.PASSING);
        }
    }

    @Test
    void afterCloseNothingIsCheckedAndNoVerdictChanges() throws Exception {
        CheckedBackend backend = backend();
        LiveBackend live = check(http(schedule(SOON, PATIENT, 1, 1)), backend);
        backend.awaitCheck();
        checks.close();
        backend.awaitHangUp();
        checks.update(table());
        flush();
        assertThat(live.health().health()).isEqualTo(Health.UNCHECKED);
        assertThat(backend.accepted()).isEqualTo(1);
    }

    private static HealthCheckConfig.Schedule schedule(Duration interval, Duration timeout, int rise, int fall) {
        return SampleConfig.schedule(interval, timeout, rise, fall);
    }

    private static HealthCheckConfig http(HealthCheckConfig.Schedule schedule) {
        return SampleConfig.http(schedule);
    }

    /** Every hour, but every few milliseconds while it is in doubt. */
    private static HealthCheckConfig.Schedule hastyInDoubt(int rise, int fall) {
        return new HealthCheckConfig.Schedule(Duration.ofHours(1), SOON, 0, PATIENT, rise, fall, true);
    }

    private static HealthCheckConfig demanding(
            HealthCheckConfig.Schedule schedule, Map<String, String> headers, Draining draining) {
        return new HealthCheckConfig.Http(
                schedule, "/", null, List.of(new StatusRange(200, 200)), null, headers, draining);
    }

    private static String body(String bytes) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + bytes.length() + "\r\n\r\n" + bytes;
    }

    private static String field(String line) {
        return "HTTP/1.1 200 OK\r\n" + line + "\r\nContent-Length: 0\r\n\r\n";
    }

    private Standing stands(LiveBackend live) {
        return service().standing(live, System.nanoTime());
    }

    private CheckedBackend backend() throws IOException {
        return closeLater(new CheckedBackend());
    }

    private <T extends AutoCloseable> T closeLater(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    private static Registration registration(String id, CheckedBackend backend) {
        return SampleConfig.registration("guestbook", "guestbook-" + id, "127.0.0.1", backend.port());
    }

    private LiveBackend check(HealthCheckConfig check, CheckedBackend backend) {
        return check(check, backend.address());
    }

    private LiveBackend check(HealthCheckConfig check, InetSocketAddress address) {
        update(check, SampleConfig.registration("guestbook", "guestbook-1", "127.0.0.1", address.getPort()));
        return live(table(), 0);
    }

    private void update(HealthCheckConfig check, Registration... registrations) {
        ServiceConfig config = SampleConfig.service("guestbook", check);
        RoutingTable next = builder.build(SampleConfig.config(config), SampleConfig.view(registrations), table);
        next.backends()
                .filter(b -> b.address() == null)
                .forEach(b -> b.address(new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), b.key().port())));
        table = next;
        checks.update(next);
    }

    private RoutingTable table() {
        return Objects.requireNonNull(table);
    }

    private Service service() {
        return Objects.requireNonNull(table().services().get("guestbook"));
    }

    private static LiveBackend live(RoutingTable table, int i) {
        return table.backends().toList().get(i);
    }

    /** Answers the check that has arrived and waits for the next: the answer was judged by then. */
    private static Health judged(CheckedBackend backend, LiveBackend live, String answer) throws InterruptedException {
        backend.answer(answer);
        backend.awaitCheck();
        return live.health().health();
    }

    private static void awaitHealth(LiveBackend live, Health health) {
        Eventually.until(live + " is " + health, () -> live.health().health() == health);
    }

    private void flush() throws InterruptedException {
        loop.submit(() -> {}).sync();
    }

    private List<String> logged(Level level) throws InterruptedException {
        flush();
        return List.copyOf(log.list).stream()
                .filter(e -> e.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static String line(CheckedBackend backend, String text) {
        return "guestbook/guestbook-1 (127.0.0.1:" + backend.port() + ") " + text;
    }
}
