package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), new Random(7));

    @Test
    void spreadsThePauseBetweenNothingAndABoundThatDoubles() {
        assertThat(longestOf(0)).isBetween(Duration.ofMillis(90), Duration.ofMillis(100));
        assertThat(longestOf(1)).isBetween(Duration.ofMillis(180), Duration.ofMillis(200));
        assertThat(longestOf(4)).isBetween(Duration.ofMillis(1440), Duration.ofMillis(1600));
    }

    @Test
    void neverExceedsItsMaximumHoweverManyFailures() {
        assertThat(longestOf(6)).isBetween(Duration.ofMillis(4500), Duration.ofSeconds(5));
        assertThat(longestOf(1_000_000)).isBetween(Duration.ofMillis(4500), Duration.ofSeconds(5));
    }

    private Duration longestOf(int failures) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> backoff.pause(failures))
                .max(Duration::compareTo)
                .orElseThrow();
    }
}
