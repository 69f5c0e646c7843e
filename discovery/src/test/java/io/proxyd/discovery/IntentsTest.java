package io.proxyd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IntentsTest {
    private static final Instant NOW = Instant.parse("2030-01-31T12:00:00Z");

    @Test
    void aDrainOutlivesAWeightThatEndsFirst() {
        Intents intents = intents(drain(60), weight(10));
        assertThat(intents.inForce(NOW).get("web/1")).isEqualTo(drain(60).weighing(Optional.of(7)));
        assertThat(intents.inForce(NOW.plusSeconds(10)).get("web/1")).isEqualTo(drain(60));
        assertThat(intents.inForce(NOW.plusSeconds(60))).isEmpty();
    }

    @Test
    void aWeightOutlivesADrainThatEndsFirst() {
        Intents intents = intents(drain(10), weight(60));
        assertThat(intents.inForce(NOW.plusSeconds(10)).get("web/1")).isEqualTo(weight(60));
    }

    @Test
    void othersCountBeforeThoseForTheSameBackend() {
        Intents shared = intents(drain(10), weight(10));
        Intents own = new Intents(0, Map.of("web/1", drain(60)), Map.of());
        assertThat(shared.with(own)).isEqualTo(new Intents(5, Map.of("web/1", drain(60)), Map.of("web/1", weight(10))));
    }

    private static Intents intents(Intent drain, Intent weight) {
        return new Intents(5, Map.of("web/1", drain), Map.of("web/1", weight));
    }

    private static Intent drain(int seconds) {
        return new Intent("web", "1", true, Optional.empty(), NOW.plusSeconds(seconds), "ann", "disk");
    }

    private static Intent weight(int seconds) {
        return new Intent("web", "1", false, Optional.of(7), NOW.plusSeconds(seconds), "bob", "slow");
    }
}
