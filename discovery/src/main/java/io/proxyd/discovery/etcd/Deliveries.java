package io.proxyd.discovery.etcd;

import java.time.Duration;

/** Delivers a lone change at once, and the changes of a storm together, a few times in a tenth of a second. */
final class Deliveries {
    private static final Duration SPACING = Duration.ofMillis(10);

    private final Steps steps;
    private final Runnable deliver;
    private boolean due;
    private long lastNanos = System.nanoTime() - SPACING.toNanos();

    Deliveries(Steps steps, Runnable deliver) {
        this.steps = steps;
        this.deliver = deliver;
    }

    /** Something changed; it is delivered behind what already waits on the thread. */
    void soon() {
        if (due) {
            return;
        }
        due = true;
        long left = SPACING.toNanos() - (System.nanoTime() - lastNanos);
        steps.inAnyStep(Duration.ofNanos(Math.max(0, left)), () -> {
            if (due) {
                now();
            }
        });
    }

    void now() {
        due = false;
        lastNanos = System.nanoTime();
        deliver.run();
    }
}
