package io.proxyd.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proxyd.config.RouteConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.proxy.http.RequestHead;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
    /** Each route goes to a service named like the route. */
    private static final List<RouteConfig> ROUTES = List.of(
            route("*", "/"),
            route("*", "/any"),
            route("www.example.org", "/"),
            route("www.example.org", "/a"),
            route("www.example.org", "/a/b"),
            route("www.example.org", "/a/b/c/"),
            route("api.example.org", "/v1"),
            route("*.example.org", "/"),
            route("*.example.org", "/v2"),
            route("*.deep.example.org", "/d"),
            route("*.net", "/n"));

    @ParameterizedTest(name = "{0}{1} goes to {2}")
    @CsvSource({
        // exact host, longest prefix on segment borders
        "www.example.org, /, www.example.org/",
        "www.example.org, /other, www.example.org/",
        "www.example.org, /a, www.example.org/a",
        "www.example.org, /a/, www.example.org/a",
        "www.example.org, /ab, www.example.org/",
        "www.example.org, /a/bc, www.example.org/a",
        "www.example.org, /a/b, www.example.org/a/b",
        "www.example.org, /a/b/, www.example.org/a/b",
        "www.example.org, /a/b/cc, www.example.org/a/b",
        "www.example.org, /a/b/c, www.example.org/a/b/c/",
        "www.example.org, /a/b/c/d/e/f, www.example.org/a/b/c/",
        "www.example.org, //a, www.example.org/",
        "www.example.org, /A, www.example.org/",
        "www.example.org, /any, www.example.org/",
        // the query is not part of the path, dot segments and needless encoding are resolved before
        "www.example.org, /a?x=/a/b, www.example.org/a",
        "www.example.org, /?/a/b, www.example.org/",
        "www.example.org, /a?b/c, www.example.org/a",
        "www.example.org, /x/../a/b, www.example.org/a/b",
        "www.example.org, /a/%62, www.example.org/a/b",
        "www.example.org, /a/%2e%2E/a/b, www.example.org/a/b",
        "www.example.org, /a%2Fb, www.example.org/",
        // hosts: case, port, trailing dot
        "WWW.Example.ORG, /a, www.example.org/a",
        "www.example.org:8080, /a, www.example.org/a",
        "www.example.org., /a, www.example.org/a",
        "www.example.org.:80, /a, www.example.org/a",
        // wildcards: any number of labels, the longer one first, never the bare name
        "x.example.org, /, *.example.org/",
        "x.y.example.org, /, *.example.org/",
        "X.EXAMPLE.ORG.:1, /v2/x, *.example.org/v2",
        "example.org, /, */",
        "xexample.org, /, */",
        "a.deep.example.org, /d, *.deep.example.org/d",
        "a.b.deep.example.org, /d/x, *.deep.example.org/d",
        "deep.example.org, /d, *.example.org/",
        "a.net, /n, *.net/n",
        // where the prefixes of a host do not match, the next host is asked
        "api.example.org, /v1/x, api.example.org/v1",
        "api.example.org, /v2, *.example.org/v2",
        "api.example.org, /, *.example.org/",
        "a.deep.example.org, /v2, *.example.org/v2",
        "a.net, /, */",
        "a.net, /any/x, */any",
        // any host
        "unknown, /, */",
        "unknown, /any, */any",
        "unknown, /anything, */",
        "127.0.0.1:80, /any/, */any",
        "[::1]:80, /any/, */any",
    })
    void theMostSpecificRouteWins(String host, String target, String service) {
        assertThat(find(ROUTES, Heads.get(host, target))).isEqualTo(service);
    }

    @Test
    void theOrderOfRoutesDoesNotMatter() {
        List<RouteConfig> shuffled = new ArrayList<>(ROUTES);
        Random random = new Random(11);
        for (int i = 0; i < 20; i++) {
            Collections.shuffle(shuffled, random);
            assertThat(find(shuffled, Heads.get("www.example.org", "/a/b/x"))).isEqualTo("www.example.org/a/b");
            assertThat(find(shuffled, Heads.get("q.deep.example.org", "/d"))).isEqualTo("*.deep.example.org/d");
        }
    }

    @Test
    void nothingMatchesWithoutARouteForIt() {
        List<RouteConfig> routes = List.of(route("www.example.org", "/a"), route("*.example.org", "/b"));
        assertThat(find(routes, Heads.get("www.example.org", "/"))).isNull();
        assertThat(find(routes, Heads.get("www.example.org", "/b"))).isEqualTo("*.example.org/b");
        assertThat(find(routes, Heads.get("other", "/a"))).isNull();
        assertThat(find(List.of(), Heads.get("www.example.org", "/a"))).isNull();
    }

    @Test
    void aRequestWithoutHostGoesByTheRoutesForAnyHost() {
        assertThat(find(ROUTES, Heads.parse("GET /any HTTP/1.0\r\n\r\n"))).isEqualTo("*/any");
    }

    @Test
    void theHostOfAnAbsoluteTargetCounts() {
        RequestHead head = Heads.parse("GET http://www.example.org/a HTTP/1.1\r\nHost: unknown\r\n\r\n");
        assertThat(find(ROUTES, head)).isEqualTo("www.example.org/a");
    }

    @ParameterizedTest
    @CsvSource({"www.example.org, www.example.org/", "unknown, */", "api.example.org, *.example.org/"})
    void optionsStarTakesTheRootOfItsHost(String host, String service) {
        RequestHead head = Heads.parse("OPTIONS * HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        assertThat(find(ROUTES, head)).isEqualTo(service);
    }

    @Test
    void optionsStarMatchesNoPrefixBelowTheRoot() {
        RequestHead head = Heads.parse("OPTIONS * HTTP/1.1\r\nHost: api.example.org\r\n\r\n");
        assertThat(find(List.of(route("api.example.org", "/v1")), head)).isNull();
    }

    @Test
    void aRouteToAnUnknownServiceIsNamed() {
        assertThatThrownBy(() -> new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE)
                        .build(
                                SampleConfig.config(List.of(new RouteConfig("*", "/", "nobody"))),
                                SampleConfig.view(),
                                null))
                .hasMessageContaining("nobody");
    }

    private static RouteConfig route(String host, String path) {
        return new RouteConfig(host, path, host + path);
    }

    private static @Nullable String find(List<RouteConfig> routes, RequestHead head) {
        ServiceConfig[] services =
                routes.stream().map(r -> SampleConfig.service(r.service())).toArray(ServiceConfig[]::new);
        RoutingTable table = new RoutingTableBuilder(1, InstantSource.system(), BackendEvents.NONE)
                .build(SampleConfig.config(routes, services), SampleConfig.view(), null);
        Route found = table.route(head);
        return found == null ? null : found.service().name();
    }
}
