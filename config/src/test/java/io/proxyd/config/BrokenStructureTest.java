package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that are wrong, missing, twice there or at odds with each other. */
class BrokenStructureTest {
    @Test
    void anUnknownKeyIsToldTheLikelyOne() {
        assertProblem(
                """
                listeners: [{ address: 127.0.0.1:0 }]
                services:
                  guestbook:
                    helth-check: { path: /healthz }
                """,
                4,
                "services.guestbook.helth-check",
                "unknown key \"helth-check\"; did you mean \"health-check\"?");
    }

    @Test
    void anUnknownKeyUnlikeAnyOtherIsToldTheKnownOnes() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\ntls: {}",
                2,
                "tls",
                "unknown key \"tls\"; expected one of runtime, listeners, admin, registry, services, routes, access-log");
    }

    @Test
    void aKeyOfOddCharactersIsQuotedInThePath() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\n\"a\\nb c\": 1",
                2,
                "\"a\\nb c\"",
                "unknown key \"a\\nb c\"; expected one of runtime, listeners, admin, registry, services, routes, access-log");
    }

    @Test
    void aServiceThatIsWrittenTwiceIsReported() {
        assertProblem(
                """
                listeners: [{ address: 127.0.0.1:0 }]
                services:
                  shop: { balance: round-robin }
                  blog:
                  shop:
                """,
                5,
                "services.shop",
                "key \"shop\" is written twice; expected it once, and line 3 has it");
    }

    @Test
    void aListThatIsAKeyIsReported() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\nadmin:\n  ? [a]\n  : b\n",
                3,
                "admin",
                "a list or map cannot be a key; expected a word");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "", ".hidden", "-a", "a b", "ä"})
    void aServiceNameThatNoRegistrationCouldHaveIsReported(String name) {
        Problem problem =
                Configs.onlyProblem("listeners: [{ address: 127.0.0.1:0 }]\nservices:\n  \"" + name + "\":\n");

        assertThat(problem.line()).isEqualTo(3);
        assertThat(problem.path()).startsWith("services.");
        assertThat(problem.message())
                .isEqualTo("\"" + name + "\" cannot be the name of a service; expected 1 to 128 letters, digits, or any"
                        + " of . _ - and neither . nor - in front");
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin: {}", "admin: {}\nlisteners:", "admin: {}\nlisteners: []"})
    void aConfigurationWithoutListenersIsReported(String yaml) {
        Problem problem = Configs.onlyProblem(yaml);

        assertThat(problem.line()).isEqualTo(yaml.contains("listeners") ? 2 : 1);
        assertThat(problem.path()).isEqualTo("listeners");
        assertThat(problem.message())
                .isEqualTo("lists no listener; expected at least one, such as - address: 0.0.0.0:80");
    }

    @Test
    void oneListenerThatIsNoListIsReported() {
        assertProblem(
                "listeners:\n  address: 0.0.0.0:80",
                1,
                "listeners",
                "a map is not a list; expected a list, each item of it a map with the keys address, max-connections, max-connections-per-client, "
                        + "trusted-proxies, forwarding-fields, via, timeouts, limits");
    }

    @Test
    void aListenerThatIsOnlyAnAddressIsReported() {
        assertProblem(
                "listeners:\n  - 0.0.0.0:80",
                2,
                "listeners[0]",
                "\"0.0.0.0:80\" is not a map; expected a map with the keys address, max-connections, max-connections-per-client, "
                        + "trusted-proxies, forwarding-fields, via, timeouts, limits");
    }

    @Test
    void aListWhereAMapBelongsIsReportedAtItsKey() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\nservices:\n  - guestbook",
                2,
                "services",
                "a list is not a map; expected a map from each name to its settings");
    }

    @Test
    void twoListenersWithOneAddressAreReported() {
        assertProblem(
                """
                listeners:
                  - address: localhost:8080
                  - address: 127.0.0.1:0
                  - address: 127.0.0.1:0
                  - address: LocalHost:8080
                """,
                5,
                "listeners[3].address",
                "\"LocalHost:8080\" is taken by listeners[0] on line 2; expected an address of its own for each listener");
    }

    @Test
    void anAdminAddressThatIsAListenersIsReported() {
        assertProblem(
                "listeners:\n  - address: 127.0.0.1:80\nadmin:\n  address: 127.0.0.1:80",
                4,
                "admin.address",
                "\"127.0.0.1:80\" is the address of a listener; expected another one");
    }

    @Test
    void aListenerOnTheDefaultAdminAddressIsReported() {
        Problem problem = Configs.onlyProblem("listeners:\n  - address: 127.0.0.1:9901");

        assertThat(problem.path()).isEqualTo("admin.address");
    }

    @Test
    void twoRoutesWithOneHostAndPathAreReported() {
        assertProblem(
                """
                listeners: [{ address: 127.0.0.1:0 }]
                services: { shop: }
                routes:
                  - { host: a.org, service: shop }
                  - { path: /x, service: shop }
                  - host: A.org
                    service: shop
                """,
                6,
                "routes[2]",
                "host \"a.org\" with path \"/\" is also routes[0] on line 4; expected one route for each pair of host and"
                        + " path");
    }

    @Test
    void aSlashAtTheEndMakesNoOtherPath() {
        Problem problem = Configs.onlyProblem(
                """
                listeners: [{ address: 127.0.0.1:0 }]
                services: { shop: }
                routes:
                  - { path: /cart, service: shop }
                  - { path: /cart/, service: shop }
                """);

        assertThat(problem.line()).isEqualTo(5);
        assertThat(problem.message()).contains("\"/cart\" is also routes[0] on line 4");
    }

    @Test
    void aRouteWithoutAnyServiceToNameIsReported() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\nroutes:\n  - service: shop",
                3,
                "routes[0].service",
                "\"shop\" is not a service; expected a name written under services, where there is none");
    }

    @Test
    void servicesThatCannotBeReadMakeNoRouteWrong() {
        Problem problem = Configs.onlyProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\nservices: [shop]\nroutes:\n  - service: shop");

        assertThat(problem.path()).isEqualTo("services");
    }

    @Test
    void bothRegistriesAtOnceAreReported() {
        assertProblem(
                """
                listeners: [{ address: 127.0.0.1:0 }]
                registry:
                  etcd: { endpoints: ["http://10.0.0.2:2379"] }
                  file: { path: /srv/services }
                """,
                2,
                "registry",
                "names both etcd and file; expected one of them");
    }

    @Test
    void aWrongValueThatIsMergedInIsReportedWhereItIsWritten() {
        assertThat(
                        Configs.problems(
                                """
                        listeners: [{ address: 127.0.0.1:0 }]
                        services:
                          shop: &shop
                            balance: fastest
                          blog:
                            <<: *shop
                        """))
                .extracting(Problem::line, Problem::path)
                .containsExactly(tuple(4, "services.shop.balance"), tuple(4, "services.blog.balance"));
    }

    @Test
    void aMergeOfSomethingElseThanAMapIsReported() {
        assertProblem(
                "listeners: [{ address: 127.0.0.1:0 }]\nservices:\n  shop:\n    <<: [a, b]",
                4,
                "services.shop.<<",
                "cannot be merged; expected an alias of a map, such as *name");
    }

    @Test
    void aMergeOfAMapIntoItselfEnds() {
        assertThat(Configs.problems(
                        "listeners: [{ address: 127.0.0.1:0 }]\nservices:\n  shop: &shop\n    <<: [*shop, *shop]"))
                .isEmpty();
    }

    private static void assertProblem(String yaml, int line, String path, String message) {
        assertThat(Configs.onlyProblem(yaml)).isEqualTo(new Problem("proxyd.yaml", line, path, message));
    }
}
