package io.proxyd.discovery.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DnsTimingTest {
    private final DnsTiming timing = DnsTiming.DEFAULT;

    @Test
    void holdsAnAnswerForItsTtlBetweenASecondAndFiveMinutes() {
        assertThat(timing.hold(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
        assertThat(timing.hold(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(30));
        assertThat(timing.hold(Duration.ofDays(1))).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void retriesAfter200MillisecondsThenHalfAsOftenUpToFiveSeconds() {
        assertThat(timing.retry(1)).isEqualTo(Duration.ofMillis(200));
        assertThat(timing.retry(2)).isEqualTo(Duration.ofMillis(400));
        assertThat(timing.retry(5)).isEqualTo(Duration.ofMillis(3200));
        assertThat(timing.retry(6)).isEqualTo(Duration.ofSeconds(5));
        assertThat(timing.retry(1_000_000)).isEqualTo(Duration.ofSeconds(5));
    }
}
