package io.proxyd.proxy.http;

import org.jspecify.annotations.Nullable;

/** One thing that must happen before a time, kept by a {@link DeadlineWheel}. Moving it later costs one write. */
public final class Deadline {
    static final long NEVER = Long.MAX_VALUE;

    private final Runnable onExpiry;
    long atTick = NEVER;
    long slotTick;

    @Nullable Deadline previous;

    @Nullable Deadline next;

    boolean linked;

    /** @param onExpiry runs on the wheel's event loop, at most once per {@link DeadlineWheel#arm} */
    public Deadline(Runnable onExpiry) {
        this.onExpiry = onExpiry;
    }

    /** Calls it off; the wheel forgets it when its slot comes by. */
    public void disarm() {
        atTick = NEVER;
    }

    void expire() {
        onExpiry.run();
    }
}
