package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SchemaTest {
    @Test
    void namesTheSectionsAtTheTopInTheOrderOfTheList() {
        assertThat(Schema.namesIn(""))
                .containsExactly("runtime", "listeners", "admin", "registry", "services", "routes", "access-log");
    }

    @Test
    void namesTheKeysOfASection() {
        assertThat(Schema.namesIn("listeners[]"))
                .containsExactly(
                        "address",
                        "max-connections",
                        "max-connections-per-client",
                        "trusted-proxies",
                        "forwarding-fields",
                        "via",
                        "timeouts",
                        "limits");
        assertThat(Schema.namesIn("services.NAME.pool")).containsExactly("max-idle", "idle-timeout");
    }

    @Test
    void aKeyThatIsNotListedCannotBeAskedFor() {
        assertThatThrownBy(() -> Schema.key("services.NAME.colour")).hasMessageContaining("services.NAME.colour");
    }

    @Test
    void everyKeyIsListedOnce() {
        assertThat(Schema.KEYS).extracting(Schema.Key::path).doesNotHaveDuplicates();
    }
}
