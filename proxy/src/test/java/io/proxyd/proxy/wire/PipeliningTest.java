package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests that a client sends without waiting for the answers before. */
final class PipeliningTest extends WireTest {
    private static String get(String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n";
    }

    @Test
    void answersInOrder() throws Exception {
        RawClient client = client(proxyTo(backend(Scripts.echo())));
        client.send(get("/1") + "POST /2 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /3 HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
                + "HEAD /4 HTTP/1.1\r\nHost: a.example\r\n\r\n" + get("/5"));
        assertThat(client.response().text()).isEqualTo("GET /1 ");
        assertThat(client.response().text()).isEqualTo("POST /2 abc");
        assertThat(client.response().text()).isEqualTo("POST /3 de");
        assertThat(client.response("HEAD").head().only("Content-Length")).isEqualTo("8");
        assertThat(client.response().text()).isEqualTo("GET /5 ");
    }

    @Test
    void asksTheBackendForOneAfterTheOther() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                connection.request();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsl");
                connection.write("owly");
            }
        });
        RawClient client = client(proxyTo(backend));
        client.send(get("/1") + get("/2") + get("/3"));
        for (int i = 0; i < 3; i++) {
            assertThat(client.response().text()).isEqualTo("slowly");
        }
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void answersAThousandSmallRequests() throws Exception {
        RawClient client = client(proxyTo(backend(Scripts.echo())));
        StringBuilder requests = new StringBuilder();
        IntStream.range(0, 1000).forEach(i -> requests.append(get("/" + i)));
        client.send(requests.toString());
        for (int i = 0; i < 1000; i++) {
            assertThat(client.response().text()).isEqualTo("GET /" + i + " ");
        }
    }

    @Test
    void answersWhatItAnswersItselfInTurn() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy =
                proxy(new io.proxyd.proxy.Rig().service("app", backend.port()).route("*", "/app", "app"));
        RawClient client = client(proxy);
        client.send(get("/app/1") + get("/nowhere") + get("/nowhere") + get("/app/2"));
        assertThat(client.response().text()).isEqualTo("GET /app/1 ");
        assertThat(client.response().status()).isEqualTo(404);
        assertThat(client.response().status()).isEqualTo(404);
        assertThat(client.response().text()).isEqualTo("GET /app/2 ");
    }

    @Test
    void refusesABadRequestInItsTurnAndServesNoneAfterIt() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        client.send(get("/1") + "GET /bad HTTP/1.1\r\nHost : a.example\r\n\r\n" + get("/never"));
        assertThat(client.response().text()).isEqualTo("GET /1 ");
        Message refused = client.response();
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
        assertThat(backend.request().target()).isEqualTo("/1");
        assertThat(backend.unseenRequests()).isZero();
    }

    @Test
    void servesNoRequestBehindOneThatAskedToClose() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        client.send("GET /1 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n" + get("/never"));
        assertThat(client.response().text()).isEqualTo("GET /1 ");
        client.expectEnd();
        assertThat(backend.request().target()).isEqualTo("/1");
        assertThat(backend.unseenRequests()).isZero();
    }

    @Test
    void servesNoRequestBehindItsOwnAnswerThatCloses() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy =
                proxy(new io.proxyd.proxy.Rig().service("app", backend.port()).route("*", "/app", "app"));
        RawClient client = client(proxy);
        client.send("GET /nowhere HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n" + get("/app/never"));
        assertThat(client.response().status()).isEqualTo(404);
        client.expectEnd();
        assertThat(proxy.record().status()).isEqualTo(404);
        assertThat(proxy.unseenRecords()).isZero();
        assertThat(backend.accepted()).isZero();
    }

    @Test
    void holdsAClientBackThatPipelinesWithoutEndBehindASlowResponse() throws Exception {
        Gate answer = new Gate();
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                answer.await();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
        RawClient client = client(proxyTo(backend));
        int requests = 20_000;
        String padded = "GET /%d HTTP/1.1\r\nHost: a.example\r\nX-Padding: " + "x".repeat(1000) + "\r\n\r\n";
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> sendAll(client, padded, requests, sent), "sender");
        sender.start();
        long held = Eventually.steady(sent::get, Duration.ofMillis(100));
        assertThat(held).isLessThan(requests);
        assertThat(backend.unseenRequests()).isEqualTo(1);
        answer.open();
        for (int i = 0; i < requests; i++) {
            assertThat(client.response().text()).isEqualTo("GET /" + i + " ");
        }
        sender.join();
    }

    private static void sendAll(RawClient client, String form, int count, AtomicLong sent) {
        try {
            for (int i = 0; i < count; i++) {
                client.send(form.replace("%d", String.valueOf(i)));
                sent.incrementAndGet();
            }
        } catch (IOException e) {
            return; // the answers then fall short
        }
    }

    @Test
    void answersBothRequestsOfAClientThatHalfClosedBehindThem() throws Exception {
        RawBackend backend = backend(connection -> {
            while (true) {
                Message request = connection.request();
                connection.write(Scripts.echoOf(request, connection));
            }
        });
        RawClient client = client(proxyTo(backend));
        client.send(get("/1") + get("/2")).halfClose();
        assertThat(client.response().text()).isEqualTo("GET /1 ");
        assertThat(client.response().text()).isEqualTo("GET /2 ");
        client.expectEnd();
    }
}
