package io.proxyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "1s, PT1S",
        "1.5s, PT1.5S",
        "0.25ms, PT0.00025S",
        "5m, PT5M",
        "0.5h, PT30M",
        "0s, PT0S",
        "999999999h, PT999999999H"
    })
    void readsANumberWithAUnit(String text, Duration expected) {
        assertThat(DurationText.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "s",
                "1 s",
                "1 second",
                "-1s",
                "+1s",
                "1S",
                "1sec",
                "1d",
                "1us",
                ".5s",
                "1.s",
                "1e3s",
                "1_000ms",
                "1s ",
                "9999999999s",
                "auto",
                "1s1s"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> DurationText.parse(text)).isInstanceOf(BadValue.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "0", "1.5"})
    void saysThatANumberLacksItsUnit(String text) {
        assertThatThrownBy(() -> DurationText.parse(text)).hasMessage("has no unit");
    }

    @ParameterizedTest
    @CsvSource({
        "PT1H, 1h",
        "PT90M, 90m",
        "PT24H, 24h",
        "PT60S, 1m",
        "PT90S, 90s",
        "PT0.5S, 500ms",
        "PT0.0015S, 1.5ms",
        "PT0S, 0ms"
    })
    void formatsInTheLargestUnitThatNeedsNoFraction(Duration duration, String expected) {
        assertThat(DurationText.format(duration)).isEqualTo(expected);
    }

    @Test
    void bothEndsOfARangeAreInIt() {
        ValueType<Duration> type = DurationText.between(Duration.ofMillis(10), Duration.ofSeconds(1));

        assertThat(read(type, "10ms")).isEqualTo(Duration.ofMillis(10));
        assertThat(read(type, "1s")).isEqualTo(Duration.ofSeconds(1));
        assertThatThrownBy(() -> read(type, "9.9ms")).hasMessage("is too short");
        assertThatThrownBy(() -> read(type, "1.001s")).hasMessage("is too long");
    }

    @Test
    void theMessageNamesTheRange() {
        ValueType<Duration> type = DurationText.between(Duration.ofMillis(10), Duration.ofSeconds(1));

        assertThat(type).satisfies(t -> assertThatThrownBy(() -> read(t, "5s"))
                .isInstanceOfSatisfying(BadValue.class, e -> assertThat(e.explain("5s", t))
                        .isEqualTo("\"5s\" is too long; expected a duration from 10ms to 1s")));
    }

    private static Duration read(ValueType<Duration> type, String text) {
        return type.parse(new ValueType.Scalar(text, false));
    }
}
