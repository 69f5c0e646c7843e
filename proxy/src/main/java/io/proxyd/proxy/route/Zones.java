package io.proxyd.proxy.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests in proxyd's own zone while enough of its backends are up there; below that so many go elsewhere that those
 * that are left do not get more than they would at the limit. Immutable.
 */
final class Zones {
    private static final String KEY = "zone";

    private final @Nullable String own;
    private final double least;

    /**
     * @param own null if proxyd is nowhere in particular
     * @param least the share of the backends in the own zone that must be up for it to carry all requests
     */
    Zones(@Nullable String own, double least) {
        this.own = own;
        this.least = least;
    }

    /**
     * Which share of the requests stays in the own zone.
     *
     * @param willing whether up or not
     * @param up those of them that are up
     * @return 1 if that makes no difference, as all that are up are on the same side
     */
    double localShare(List<LiveBackend> willing, List<LiveBackend> up) {
        long upHere = up.stream().filter(this::isLocal).count();
        if (upHere == 0 || upHere == up.size()) {
            return 1;
        }
        long here = willing.stream().filter(this::isLocal).count();
        return least == 0 ? 1 : Math.min(1, upHere / (least * here));
    }

    /** Whether any of these makes a difference between zones. */
    boolean anyLocal(List<LiveBackend> backends) {
        return own != null && backends.stream().anyMatch(this::isLocal);
    }

    boolean isLocal(LiveBackend backend) {
        return own != null && own.equals(backend.terms().metadata().get(KEY));
    }
}
