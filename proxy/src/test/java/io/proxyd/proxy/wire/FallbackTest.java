package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import io.proxyd.proxy.exchange.ExchangeRecord;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What answers when a service cannot. */
final class FallbackTest extends WireTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static final String POST = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello";
    private static final String PAGE = "<h1>Störung</h1>";

    @Test
    void asksTheFallbackServiceWhenThereIsNoBackend() throws Exception {
        RawBackend spare = backend(Scripts.echo());
        RunningProxy proxy = proxy(Rig.to().service("spare", spare.port()).fallback("spare", null));
        assertThat(client(proxy).exchange(POST).text()).isEqualTo("POST / hello");
        ExchangeRecord record = proxy.record();
        assertThat(record.service()).isEqualTo("spare");
        assertThat(record.failure()).isNull();
    }

    @Test
    void asksTheFallbackServiceWhenNoBackendCanBeReached() throws Exception {
        RawBackend gone = backend(Scripts.echo());
        gone.refuse();
        RawBackend spare = backend(Scripts.echo());
        RunningProxy proxy = proxy(
                rigTo(gone).retries(1, 65_536).service("spare", spare.port()).fallback("spare", null));
        assertThat(client(proxy).exchange(POST).text()).isEqualTo("POST / hello");
        assertThat(proxy.record().attempts()).isEqualTo(2);
    }

    @Test
    void doesNotSendTheFallbackServiceWhatMayHaveBeenExecuted() throws Exception {
        RawBackend broken = backend(Scripts.once(""));
        RawBackend spare = backend(Scripts.echo());
        RunningProxy proxy = proxy(rigTo(broken).service("spare", spare.port()).fallback("spare", null));
        assertThat(client(proxy).exchange(POST).status()).isEqualTo(502);
        assertThat(spare.accepted()).isZero();
        assertThat(client(proxy).exchange(GET).text()).isEqualTo("GET / ");
    }

    @Test
    void sendsThePageWhenTheFallbackServiceFailsToo() throws Exception {
        RunningProxy proxy = proxy(Rig.to().service("spare").fallback("spare", PAGE));
        Message answer = client(proxy).exchange(GET);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.head().only("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(answer.head().only("Retry-After")).isEqualTo("1");
        assertThat(answer.head().only("Content-Length")).isEqualTo("17");
        assertThat(answer.text()).endsWith("rung</h1>");
        assertThat(proxy.record().failure()).isEqualTo("no-backend");
    }

    @Test
    void sendsThePageAs503WhenTheBackendFails() throws Exception {
        RunningProxy proxy = proxy(rigTo(backend(Scripts.once(""))).fallback(null, PAGE));
        Message answer = client(proxy).exchange(POST);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.text()).endsWith("rung</h1>");
        ExchangeRecord record = proxy.record();
        assertThat(record.failure()).isEqualTo("backend-closed");
        assertThat(record.status()).isEqualTo(503);
    }

    @Test
    void sendsThePageWhenTheServiceIsOverloaded() throws Exception {
        Gate gate = new Gate();
        RawBackend backend = backend(connection -> {
            connection.request();
            gate.await();
            connection.write(OK);
        });
        RunningProxy proxy =
                proxy(rigTo(backend).admitting(1, 0, Duration.ofSeconds(30)).fallback(null, PAGE));
        RawClient first = client(proxy).send(GET);
        backend.request();
        assertThat(client(proxy).exchange(GET).text()).endsWith("rung</h1>");
        gate.open();
        assertThat(first.response().status()).isEqualTo(200);
    }

    @Test
    void sendsOnlyTheHeadOfThePageToHead() throws Exception {
        RunningProxy proxy = proxy(Rig.to().fallback(null, PAGE));
        RawClient client = client(proxy);
        for (int i = 0; i < 2; i++) {
            client.send("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            Message answer = client.response("HEAD");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.head().only("Content-Length")).isEqualTo("17");
        }
    }
}
