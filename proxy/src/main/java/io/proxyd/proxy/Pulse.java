package io.proxyd.proxy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feels whether threads that run one thing after the other get on: each is given a beat to run, and has to have run it when it is
 * asked the next time. From one thread.
 */
final class Pulse {
    private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);

    private final Map<String, Felt> felt = new LinkedHashMap<>();

    private static final class Felt {
        private final Executor thread;
        private final AtomicReference<@Nullable Thread> ran = new AtomicReference<>();
        private @Nullable Thread last;
        private boolean asked;
        private boolean told;

        Felt(Executor thread) {
            this.thread = thread;
        }
    }

    /** @param threads by the name that a stuck one is told by */
    Pulse(Map<String, Executor> threads) {
        threads.forEach((name, thread) -> felt.put(name, new Felt(thread)));
    }

    /** Whether all of them have run what they were given the last time; gives them something to run again. */
    boolean beats() {
        boolean all = true;
        for (Map.Entry<String, Felt> entry : felt.entrySet()) {
            all &= beats(entry.getKey(), entry.getValue());
        }
        return all;
    }

    private static boolean beats(String name, Felt one) {
        Thread thread = one.ran.getAndSet(null);
        if (one.asked && thread == null) {
            tell(name, one);
            return false;
        }
        if (one.told) {
            one.told = false;
            LOG.warn("{} gets on again", name);
        }
        one.last = thread;
        one.asked = true;
        one.thread.execute(() -> one.ran.set(Thread.currentThread()));
        return true;
    }

    private static void tell(String name, Felt one) {
        if (!one.told) {
            one.told = true;
            Thread last = one.last;
            StringBuilder where = new StringBuilder();
            if (last != null) {
                for (StackTraceElement frame : last.getStackTrace()) {
                    where.append("\n    at ").append(frame);
                }
            }
            LOG.error("{} is stuck; if it does not get on, the watchdog ends this process{}", name, where);
        }
    }
}
