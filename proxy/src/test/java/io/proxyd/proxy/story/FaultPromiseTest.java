package io.proxyd.proxy.story;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.proxy.story.OpenLoad.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Whatever befalls one of three backends, clients do not notice; with the defaults of a fresh proxy for each fault. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultPromiseTest {
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int SOME_ANSWERS = 5;

    private final FaultLab lab;

    FaultPromiseTest(@TempDir Path folder) throws IOException {
        lab = new FaultLab(folder);
    }

    @AfterAll
    void endAll() {
        lab.close();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "ALL_DOWN")
    void noGetOrPutFailsOrIsSlowAndNoPostIsExecutedTwice(Fault fault) throws InterruptedException {
        requireHosts(fault);
        try (OpenLoad load = OpenLoad.start(lab.freshProxy().address(), fault.name())) {
            play(fault, load);
            assertPromise(fault, load);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "ALL_DOWN")
    void allIsWellAgainOnceBackendsAreBack(Fault fault) throws InterruptedException {
        RunningProxy proxy = lab.freshProxy();
        try (OpenLoad load = OpenLoad.start(proxy.address(), fault.name())) {
            play(fault, load);
            lab.awaitAllUp();
        }
        try (OpenLoad load = OpenLoad.start(proxy.address(), "AFTER_" + fault)) {
            load.awaitEnded(OpenLoad.PER_SECOND);
            assertPromise(fault, load);
        }
    }

    private void play(Fault fault, OpenLoad load) {
        FaultyProcess victim = lab.backends().get(fault.ordinal() % FaultLab.BACKENDS);
        load.awaitAnswersOf(victim.name(), SOME_ANSWERS);
        fault.play(lab, victim, load);
        long ended = System.nanoTime();
        List<FaultyProcess> befallen = fault.befallsAll() ? lab.backends() : List.of(victim);
        befallen.forEach(backend -> load.awaitAnswersOf(backend.name(), SOME_ANSWERS));
        Measured.since("from the end of " + fault + " to traffic again", ended);
    }

    private void assertPromise(Fault fault, OpenLoad load) {
        List<Outcome> outcomes = load.end();
        long longNanos = LONG_NANOS + load.lagNanos();
        List<Outcome> promised = outcomes.stream().filter(Outcome::repeatable).toList();
        System.out.printf(
                "    %s: %d GETs and PUTs, the slowest took %d ms, the load was late by %d ms; %d of %d POSTs failed%n",
                fault,
                promised.size(),
                TimeUnit.NANOSECONDS.toMillis(
                        promised.stream().mapToLong(Outcome::nanos).max().orElse(0)),
                TimeUnit.NANOSECONDS.toMillis(load.lagNanos()),
                outcomes.stream().filter(o -> !o.repeatable() && !o.right()).count(),
                outcomes.size() - promised.size());
        assertThat(promised).isNotEmpty();
        assertThat(promised.stream().filter(o -> !o.right()))
                .as("failures of %d GETs and PUTs", promised.size())
                .isEmpty();
        assertThat(promised.stream().filter(o -> o.nanos() > longNanos))
                .as("of %d GETs and PUTs those that took over a second", promised.size())
                .isEmpty();
        assertThat(lab.executedTwice()).isEmpty();
    }

    private void requireHosts(Fault fault) {
        if (fault == Fault.SILENT_NETWORK && !lab.hasHosts()) {
            String reason = fault + ": this process may not make network namespaces; that needs root";
            System.out.println("SKIPPED: " + reason);
            Assumptions.abort(reason);
        }
    }
}
