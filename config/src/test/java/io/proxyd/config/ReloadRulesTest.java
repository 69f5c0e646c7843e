package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReloadRulesTest {
    private static final Path FILE = Path.of("proxyd.yaml");

    @Test
    void whatNeedsARestartIsRefusedByPart() {
        assertThatThrownBy(() -> ReloadRules.check(FILE, parse(Configs.EXAMPLE), parse(Configs.EVERY_KEY)))
                .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems())
                        .extracting(Problem::path)
                        .containsExactly("runtime", "admin", "registry"));
    }

    @Test
    void whatCanBeTakenOverPasses() {
        String changed = Configs.EXAMPLE
                .replace("0.0.0.0:80", "0.0.0.0:8080")
                .replace("guestbook", "shop")
                .replace("path: /\n", "path: /shop\n")
                .concat("access-log: { output: stdout }\n");

        assertThat(parse(changed)).isNotEqualTo(parse(Configs.EXAMPLE));
        assertThatCode(() -> ReloadRules.check(FILE, parse(Configs.EXAMPLE), parse(changed)))
                .doesNotThrowAnyException();
    }

    private static ProxydConfig parse(String yaml) {
        return ConfigLoader.parse("proxyd.yaml", yaml);
    }
}
