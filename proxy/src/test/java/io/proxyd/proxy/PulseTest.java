package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PulseTest {
    @Test
    void beatsAsLongAsEachThreadRunsWhatItIsGiven() {
        Pulse pulse = new Pulse(Map.of("a", Runnable::run, "b", Runnable::run));
        assertThat(pulse.beats()).isTrue();
        assertThat(pulse.beats()).isTrue();
    }

    @Test
    void doesNotBeatWhileOneOfThemHasNotRunItAndIsNotGivenMore() {
        Deque<Runnable> waiting = new ArrayDeque<>();
        Pulse pulse = new Pulse(Map.of("well", Runnable::run, "stuck", waiting::add));
        assertThat(pulse.beats()).isTrue(); // nothing was asked for before
        assertThat(pulse.beats()).isFalse();
        assertThat(pulse.beats()).isFalse();
        assertThat(waiting).hasSize(1);
        waiting.remove().run();
        assertThat(pulse.beats()).isTrue();
    }

    @Test
    void aThreadThatIsBlockedStopsTheBeatUntilItGetsOn() throws Exception {
        ExecutorService loop = Executors.newSingleThreadExecutor();
        try {
            CountDownLatch gate = new CountDownLatch(1);
            Pulse pulse = new Pulse(Map.of("event loop 0", loop));
            assertThat(pulse.beats()).isTrue();
            loop.submit(() -> {}).get();
            Future<?> blocked = loop.submit(() -> {
                gate.await();
                return null;
            });
            assertThat(pulse.beats()).isTrue();
            assertThat(pulse.beats()).isFalse();
            gate.countDown();
            blocked.get();
            loop.submit(() -> {}).get();
            assertThat(pulse.beats()).isTrue();
        } finally {
            loop.shutdownNow();
        }
    }
}
