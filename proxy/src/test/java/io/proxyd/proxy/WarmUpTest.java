package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RuntimeConfig;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    @Test
    void isOverByItselfAndLeavesNoThread() throws Exception {
        WarmUp.begin(Transport.choose(RuntimeConfig.Transport.AUTO)).get(20, TimeUnit.SECONDS);
        io.proxyd.discovery.Eventually.until(() -> threads() == 0, WarmUpTest::threads);
        assertThat(threads()).isZero();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("proxyd-warm-up"))
                .count();
    }
}
