package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.Rig;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which service a request goes to. */
final class RoutingTest extends WireTest {
    private RawBackend named(String name) throws Exception {
        return answering("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name);
    }

    private static String get(String host, String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }

    @Test
    void takesTheMostSpecificRoute() throws Exception {
        Rig rig = new Rig();
        for (String name : new String[] {"any", "any-a", "exact", "exact-a", "exact-ab", "wild", "deep"}) {
            rig.service(name, named(name).port());
        }
        rig.route("*", "/", "any")
                .route("*", "/a", "any-a")
                .route("x.example", "/", "exact")
                .route("x.example", "/a/b/", "exact-ab")
                .route("x.example", "/a", "exact-a")
                .route("*.example", "/", "wild")
                .route("*.b.example", "/", "deep");
        RawClient client = client(proxy(rig));
        Map<String, String> expected = Map.ofEntries(
                Map.entry("other.org /", "any"),
                Map.entry("other.org /a", "any-a"),
                Map.entry("other.org /a/x?y", "any-a"),
                Map.entry("other.org /ab", "any"),
                Map.entry("x.example /", "exact"),
                Map.entry("X.EXAMPLE:99 /", "exact"),
                Map.entry("x.example. /a", "exact-a"),
                Map.entry("x.example /a/b", "exact-ab"),
                Map.entry("x.example /a/bc", "exact-a"),
                Map.entry("x.example /a/b/c", "exact-ab"),
                Map.entry("y.example /a", "wild"),
                Map.entry("q.y.example /a", "wild"),
                Map.entry("q.b.example /a", "deep"),
                Map.entry("example /", "any"));
        for (Map.Entry<String, String> entry : expected.entrySet()) {
            String[] request = entry.getKey().split(" ");
            assertThat(client.exchange(get(request[0], request[1])).text())
                    .as(entry.getKey())
                    .isEqualTo(entry.getValue());
        }
    }

    @Test
    void routesByTheNormalPathThatItForwards() throws Exception {
        RawBackend open = backend(Scripts.echo());
        RawBackend inner = backend(Scripts.echo());
        RunningProxy proxy = proxy(new Rig()
                .service("open", open.port())
                .service("inner", inner.port())
                .route("*", "/", "open")
                .route("*", "/inner", "inner"));
        RawClient client = client(proxy);
        for (String target : new String[] {"/open/../inner/x", "/%69nner/x", "/inner/./x", "/./%69nn%65r/y/%2e%2e/x"}) {
            assertThat(client.get(target).text()).as(target).isEqualTo("GET /inner/x ");
        }
        assertThat(client.get("/inner/../x").text()).isEqualTo("GET /x ");
        assertThat(open.request().target()).isEqualTo("/x");
        assertThat(open.unseenRequests()).isZero();
    }

    @Test
    void routesByTheHostOfAnAbsoluteTarget() throws Exception {
        RunningProxy proxy = proxy(new Rig()
                .service("a", named("a").port())
                .service("b", named("b").port())
                .route("a.example", "/", "a")
                .route("b.example", "/", "b"));
        assertThat(client(proxy)
                        .exchange("GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n")
                        .text())
                .isEqualTo("b");
    }

    @Test
    void says404WhereNoRouteMatchesAndKeepsTheConnection() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RunningProxy proxy = proxy(new Rig().service("app", backend.port()).route("a.example", "/app", "app"));
        RawClient client = client(proxy);
        Message response = client.exchange(get("a.example", "/apple"));
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.text()).startsWith("404 Not Found\nproxyd: no-route");
        assertThat(proxy.record().failure()).isEqualTo("no-route");
        assertThat(client.exchange(get("b.example", "/app")).status()).isEqualTo(404);
        assertThat(client.exchange("HEAD /app HTTP/1.1\r\nHost: b.example\r\n\r\n")
                        .status())
                .isEqualTo(404);
        assertThat(client.exchange(get("a.example", "/app")).status()).isEqualTo(200);
        assertThat(backend.accepted()).isEqualTo(1);
    }

    @Test
    void says404ToARequestWhoseBodyIsStillComing() throws Exception {
        RunningProxy proxy = proxy(new Rig().service("app").route("a.example", "/", "app"));
        RawClient client = client(proxy);
        client.send("POST / HTTP/1.1\r\nHost: b.example\r\nContent-Length: 100000\r\n\r\nhalf");
        Message response = client.response();
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.head().only("Connection")).isEqualTo("close");
        client.expectEnd();
    }

    @Test
    void says503WithRetryAfterWhereAServiceHasNoBackend() throws Exception {
        RunningProxy proxy = proxy(Rig.to());
        Message response = client(proxy).get("/");
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.head().only("Retry-After")).isEqualTo("1");
        assertThat(proxy.record().failure()).isEqualTo("no-backend");
    }

    @Test
    void refusesConnect() throws Exception {
        RawBackend backend = backend(Scripts.echo());
        RawClient client = client(proxyTo(backend));
        Message response = client.exchange("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n");
        assertThat(response.status()).isEqualTo(405);
        assertThat(response.head().only("Allow")).contains("GET");
        assertThat(backend.accepted()).isZero();
    }

    @Test
    void sharesRequestsAmongBackendsEvenly() throws Exception {
        RawBackend one = backend(Scripts.echo());
        RawBackend two = backend(Scripts.echo());
        RawClient client = client(proxyTo(one, two));
        for (int i = 0; i < 10; i++) {
            client.get("/");
        }
        assertThat(one.unseenRequests()).isEqualTo(5);
        assertThat(two.unseenRequests()).isEqualTo(5);
    }
}
