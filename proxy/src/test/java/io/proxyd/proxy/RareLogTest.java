package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RareLogTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final RareLog log = new RareLog(nanos::get);

    @Test
    void tellsTheFirstAtOnceAndTheOthersTogetherTenSecondsLater() {
        assertThat(log.happened()).isEqualTo(1);
        assertThat(log.happened()).isZero();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10) - 1);
        assertThat(log.happened()).isZero();
        nanos.addAndGet(1);
        assertThat(log.happened()).isEqualTo(3);
        assertThat(log.happened()).isZero();
    }
}
