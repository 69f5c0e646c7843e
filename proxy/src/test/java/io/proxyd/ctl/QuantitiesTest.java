package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    @Test
    void agesHaveTwoUnits() {
        assertThat(Quantities.age(Duration.ofSeconds(-3))).isEqualTo("0s");
        assertThat(Quantities.age(Duration.ofMillis(59_999))).isEqualTo("59s");
        assertThat(Quantities.age(Duration.ofSeconds(192))).isEqualTo("3m12s");
        assertThat(Quantities.age(Duration.ofHours(1))).isEqualTo("1h00m");
        assertThat(Quantities.age(Duration.ofHours(99))).isEqualTo("4d03h");
    }

    @Test
    void latenciesHaveTwoOrThreeDigits() {
        assertThat(Quantities.latency(null)).isEqualTo("-");
        assertThat(Quantities.latency(0.05)).isEqualTo("0.05ms");
        assertThat(Quantities.latency(1.84)).isEqualTo("1.8ms");
        assertThat(Quantities.latency(9.96)).isEqualTo("10ms");
        assertThat(Quantities.latency(275.4)).isEqualTo("275ms");
        assertThat(Quantities.latency(999.6)).isEqualTo("1.0s");
        assertThat(Quantities.latency(80_000.0)).isEqualTo("80s");
    }

    @Test
    void ratesLoseTheirDecimalWhenLarge() {
        assertThat(Quantities.rate(null)).isEqualTo("0.0");
        assertThat(Quantities.rate(99.94)).isEqualTo("99.9");
        assertThat(Quantities.rate(12_345.6)).isEqualTo("12346");
    }

    @Test
    void errorsComeWithTheirShare() {
        assertThat(Quantities.errors(0, 0.0)).isEqualTo("0");
        assertThat(Quantities.errors(3, 0.125)).isEqualTo("3 (12.5%)");
    }
}
