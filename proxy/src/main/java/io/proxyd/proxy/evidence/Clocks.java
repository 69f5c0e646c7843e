package io.proxyd.proxy.evidence;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/** The two clocks a {@link Moment} is read from. */
public record Clocks(InstantSource clock, LongSupplier nanoTime) {
    public Moment now() {
        return new Moment(clock.instant(), nanoTime.getAsLong());
    }
}
