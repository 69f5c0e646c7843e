package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

class ConfigExceptionTest {
    private static final String MANY_PROBLEMS =
            """
            listeners:
              - address: 80
            runtime: { drain-timeout: 30 }
            services:
              guestbook:
                health-check:
                  interval: 1 second
                  rise: "2"
                helth-check: {}
            routes:
              - service: gestbook
            access-log: { format: xml }
            registry: { etcd: {} }
            """;

    @Test
    void tellsEveryProblemAtOnceInTheOrderOfTheFile() {
        assertThat(refused(MANY_PROBLEMS))
                .hasMessage(
                        """
                        proxyd.yaml:2: listeners[0].address: "80" is only a port; expected HOST:PORT, such as 0.0.0.0:80 or "[::]:80"
                        proxyd.yaml:3: runtime.drain-timeout: "30" has no unit; expected a number with a unit, such as 500ms, 10s, 5m
                        proxyd.yaml:7: services.guestbook.health-check.interval: "1 second" is not a duration; expected a number with a unit, such as 500ms, 10s, 5m
                        proxyd.yaml:8: services.guestbook.health-check.rise: "2" is text because of its quotes; expected a whole number from 1 to 100, without quotes
                        proxyd.yaml:9: services.guestbook.helth-check: unknown key "helth-check"; did you mean "health-check"?
                        proxyd.yaml:11: routes[0].service: "gestbook" is not a service; did you mean "guestbook"?
                        proxyd.yaml:12: access-log.format: "xml" is not known; expected combined or json
                        proxyd.yaml:13: registry.etcd.endpoints: is missing; expected a list, each item of it a URL with host and port, such as "http://10.0.0.2:2379\""""
                                .stripTrailing());
    }

    @Test
    void hasNoStackTrace() {
        assertThat(refused(MANY_PROBLEMS).getStackTrace()).isEmpty();
        assertThat(refused("a: [").getStackTrace()).isEmpty();
    }

    @Test
    void aValueIsShownOnOneLineAndNotAtAnyLength() {
        ConfigException refused = refused("listeners:\n  - address: \"" + "a\\n".repeat(500) + "\"");

        assertThat(refused.getMessage()).hasLineCount(1).hasSizeLessThan(400).contains("a\\na\\n");
    }

    private static ConfigException refused(String yaml) {
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.parse("proxyd.yaml", yaml));
        assertThat(refused).as("the refusal of %s", yaml).isNotNull();
        return refused;
    }
}
