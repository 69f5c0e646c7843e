package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.RegistryStatus;
import io.proxyd.proxy.evidence.EvidenceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusLineTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static String line(RegistryStatus registry, EvidenceStatus evidence, List<String> unanswered) {
        return StatusLine.serving(null, registry, evidence, unanswered, NOW, 0);
    }

    @Test
    void tellsHowTheRegistryStands() {
        assertThat(line(etcd(true, NOW), EvidenceStatus.NOTHING, List.of()))
                .isEqualTo("serving: no routing table yet, etcd followed");
        assertThat(line(etcd(false, NOW.minusSeconds(33)), EvidenceStatus.NOTHING, List.of()))
                .endsWith(", view of etcd 30 s old, not connected");
        assertThat(line(etcd(false, null), EvidenceStatus.NOTHING, List.of())).endsWith(", etcd has not answered yet");
    }

    @Test
    void tellsWhereSomebodyHasToLook() {
        EvidenceStatus braked = new EvidenceStatus(
                List.of(new EvidenceStatus.Brake("web", 3, 0, NOW, "emptied", Duration.ofMinutes(5))),
                Map.of(),
                Map.of());
        assertThat(line(etcd(true, NOW), braked, List.of("0.0.0.0:80")))
                .contains("brake held for web", "NOBODY ANSWERS ON 0.0.0.0:80");
    }

    @Test
    void tellsWhatIsLeftOfADrain() {
        assertThat(StatusLine.draining(2, Duration.ofSeconds(12))).isEqualTo("draining: 2 connections, 12 s left");
    }

    private static RegistryStatus etcd(boolean connected, @org.jspecify.annotations.Nullable Instant confirmed) {
        return new RegistryStatus("etcd", connected, 7, confirmed, connected ? null : "why");
    }
}
