package io.proxyd.proxy.telemetry;

import java.util.concurrent.atomic.AtomicLong;

/** How often a changed configuration was applied or refused while running. Any thread. */
public final class ConfigReloads {
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** A configuration was read again and is in force. */
    public void applied() {
        applied.getAndIncrement();
    }

    /** A configuration was read again, had problems and changed nothing. */
    public void refused() {
        refused.getAndIncrement();
    }

    long appliedCount() {
        return applied.get();
    }

    long refusedCount() {
        return refused.get();
    }
}
