package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeldRegistrationsTest {
    private final RegistrationReader reader = new RegistrationReader(key -> "/services/" + key);
    private final HeldRegistrations held = new HeldRegistrations(key -> "/services/" + key);

    @Test
    void sortsByServiceThenIdAndNotByKey() {
        put("b/2", "h1");
        put("a-x/1", "h2");
        put("b", "h3");
        put("b/10", "h4");
        put("a/1", "h5");
        assertThat(held.catalog(7, Lineage.PLAIN).registrations())
                .extracting(registration -> registration.service() + " " + registration.id())
                .containsExactly("a 1", "a-x 1", "b 10", "b 2", "b b");
        assertThat(held.catalog(7, Lineage.PLAIN).revision()).isEqualTo(7);
    }

    @Test
    void countsTheSingleKeyBesideKeysWithIds() {
        put("web", "h1");
        put("web/1", "h2");
        assertThat(held.catalog(1, Lineage.PLAIN).registrations())
                .extracting(Registration::host)
                .containsExactly("h2", "h1");
    }

    @Test
    void quarantinesTheSingleKeyWhenItsIdIsTaken() {
        put("web", "h1");
        put("web/web", "h2");
        Catalog catalog = held.catalog(1, Lineage.PLAIN);
        assertThat(catalog.registrations()).extracting(Registration::host).containsExactly("h2");
        assertThat(catalog.quarantined())
                .containsExactly(new Quarantined(
                        "/services/web",
                        "backend id of this single key is \"web\", which /services/web/web has already;"
                                + " expected only one of the two keys"));
    }

    @Test
    void forgetsWhatAListDoesNotName() {
        put("web/1", "h1");
        put("web/2", "h2");
        held.keepOnly(Set.of("web/2"));
        assertThat(held.catalog(1, Lineage.PLAIN).registrations())
                .extracting(Registration::id)
                .containsExactly("2");
    }

    private void put(String key, String host) {
        String value = "{\"host\":\"" + host + "\",\"port\":80}";
        held.put(key, reader.read(key, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8))));
    }
}
