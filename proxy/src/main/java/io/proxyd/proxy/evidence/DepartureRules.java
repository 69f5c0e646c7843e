package io.proxyd.proxy.evidence;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.evidence.Witness.Testimony;
import io.proxyd.proxy.route.HealthVerdict.Health;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why a backend that left the registry is dropped, in words for the operator; null stands for no reason to. Pure. */
final class DepartureRules {
    private final EvidenceConfig config;

    DepartureRules(EvidenceConfig config) {
        this.config = config;
    }

    /** Why its departure is beyond doubt, so that not even the brake counts it. */
    @Nullable String beyondDoubt(Registration registration, Testimony testimony) {
        if (testimony.configured()) {
            return "its registration is gone; the configuration names it";
        }
        if (registration.state() == Registration.State.DRAINING) {
            return "it was draining";
        }
        return testimony.drained() ? "an operator drained it" : null;
    }

    /**
     * Why one is dropped at once that left alone, or with few others; without a reason it goes on probation.
     *
     * @param released names of backends that were deleted on purpose
     */
    @Nullable String ofOneAlone(Registration registration, Testimony testimony, Set<String> released) {
        if (released.contains(registration.name())) {
            return "its registration was deleted on purpose";
        }
        if (!registration.leased()) {
            return "its registration was deleted; there was no lease that could have ended";
        }
        if (config.probation().isZero()) {
            return "its lease ended";
        }
        return switch (testimony.health()) {
            case NOT_CHECKED -> "its lease ended, and no health check says that it lives";
            case FAILING -> "its lease ended, and its health check fails: " + testimony.reason();
            case PASSING, UNCHECKED -> null;
        };
    }

    /** What proxyd sees itself and speaks against keeping it. */
    @Nullable String fault(Testimony testimony) {
        if (testimony.health() == Health.FAILING) {
            return "its health check fails: " + testimony.reason();
        }
        return testimony.health() == Health.NOT_CHECKED && testimony.ejected() ? "connects to it fail" : null;
    }

    /** Why one that is kept is so no longer. */
    @Nullable String ofOneKept(KeptBackend backend, Testimony testimony) {
        String fault = fault(testimony);
        if (fault != null) {
            return fault;
        }
        if (!backend.held() && testimony.health() == Health.NOT_CHECKED) {
            return "no health check says any more that it lives";
        }
        if (!backend.left().isZero()) {
            return null;
        }
        return backend.held()
                ? "the registry kept to it for " + Words.of(config.brake().hold())
                : "its probation is over and it did not register again";
    }
}
