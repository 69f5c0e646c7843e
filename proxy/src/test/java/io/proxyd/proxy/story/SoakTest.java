package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.discovery.Eventually;
import io.proxyd.proxy.exchange.LoopCounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults in a random order, for {@code -Dstory.soak-seconds}: afterwards nothing of them is left in the proxy. */
class SoakTest {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("story.soak-seconds", 10));
    private static final Misbehaviour[] ALL = Misbehaviour.values();
    private static final int ABOUT_HALF_A_SECOND = OpenLoad.PER_SECOND / 2;

    @Test
    void nothingIsLeftBehindByFaults(@TempDir Path folder) throws IOException, InterruptedException {
        try (FaultLab lab = new FaultLab(folder)) {
            RunningProxy proxy = lab.freshProxy();
            long sent;
            try (OpenLoad load = OpenLoad.start(proxy.address(), "soak")) {
                torment(lab, load);
                sent = load.end().size();
            }
            assertThat(sent).isPositive();
            System.out.printf("    %d requests in %d s of faults%n", sent, TimeUnit.NANOSECONDS.toSeconds(NANOS));
            awaitNone("exchanges", proxy, LoopCounts::exchanges);
            awaitNone("clients' connections", proxy, LoopCounts::connections);
            awaitNone(
                    "busy connections to backends",
                    proxy,
                    loop -> loop.upstreamConnections() - loop.idleUpstreamConnections());
            awaitNothingInFlight(proxy);
            assertThat(lab.executedTwice()).isEmpty();
        }
    }

    private static void torment(FaultLab lab, OpenLoad load) {
        Random random = new Random(7);
        long end = System.nanoTime() + NANOS;
        while (System.nanoTime() < end) {
            FaultyProcess victim = lab.backends().get(random.nextInt(FaultLab.BACKENDS));
            switch (random.nextInt(3)) {
                case 0 -> {
                    victim.kill();
                    load.awaitEnded(ABOUT_HALF_A_SECOND);
                    victim.start();
                }
                case 1 -> {
                    victim.freeze();
                    load.awaitEnded(ABOUT_HALF_A_SECOND);
                    victim.thaw();
                }
                default -> {
                    victim.misbehave(ALL[random.nextInt(ALL.length)]);
                    load.awaitEnded(ABOUT_HALF_A_SECOND);
                    victim.misbehave(Misbehaviour.NONE);
                }
            }
        }
    }

    private static void awaitNone(String what, RunningProxy proxy, ToLongFunction<LoopCounts> count) {
        Eventually.until(() -> sum(proxy, count) == 0, () -> sum(proxy, count) + " " + what);
    }

    private static long sum(RunningProxy proxy, ToLongFunction<LoopCounts> count) {
        return proxy.sources().loops().stream().mapToLong(count).sum();
    }

    private static void awaitNothingInFlight(RunningProxy proxy) {
        Eventually.until(
                () -> proxy.table().services().values().stream()
                        .flatMap(service -> service.backends().stream())
                        .allMatch(backend -> backend.inFlight() == 0),
                () -> "attempts in flight without an exchange");
    }
}
