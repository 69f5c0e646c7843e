package io.proxyd.proxy.admin;

import io.proxyd.proxy.route.Ejection;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.Standing;
import java.util.concurrent.TimeUnit;

/** Why a backend stands where it stands, in words for the operator. */
final class StandingReason {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private StandingReason() {}

    /** @param nowNanos the current {@link System#nanoTime} */
    static String of(LiveBackend backend, Standing standing, long nowNanos) {
        return switch (standing) {
            case UP, UNCHECKED, UNHEALTHY -> backend.health().reason();
            case EJECTED -> ejected(backend.ejection(), nowNanos);
            case UNRESOLVED -> "host name " + backend.key().host() + " was never resolved";
            case DISABLED -> "weight 0";
            case DRAINING -> "its registration asks for no new requests";
        };
    }

    private static String ejected(Ejection ejection, long nowNanos) {
        long seconds = Math.max(1, (ejection.endNanos() - nowNanos + SECOND - 1) / SECOND);
        String often = ejection.total() > 1 ? " (ejected " + ejection.total() + " times)" : "";
        return "connects to it failed, back in " + seconds + " s" + often;
    }
}
