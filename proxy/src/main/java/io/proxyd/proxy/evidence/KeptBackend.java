package io.proxyd.proxy.evidence;

import io.proxyd.config.EvidenceConfig;
import io.proxyd.discovery.Registration;
import io.proxyd.proxy.route.Roster;
import io.proxyd.proxy.route.Source;
import java.time.Duration;

/** One backend that is kept against the registry's word, and how long already. Control thread. */
final class KeptBackend {
    private final Registration registration;
    private final String name;
    private final Source source;
    private final Moment since;
    private final Duration limit;
    /** Part of the time since then that counts. */
    private long countedNanos;

    private Moment counted;

    private KeptBackend(Registration registration, Source source, Duration limit, Moment now) {
        this.registration = registration;
        this.name = registration.name();
        this.source = source;
        this.limit = limit;
        this.since = now;
        this.counted = now;
    }

    static KeptBackend onProbation(Registration registration, EvidenceConfig config, Moment now) {
        return new KeptBackend(registration, Source.PROBATION, config.probation(), now);
    }

    static KeptBackend held(Registration registration, EvidenceConfig config, Moment now) {
        return new KeptBackend(registration, Source.BRAKE, config.brake().hold(), now);
    }

    /** Lets time pass; for the brake only time with a registry that is connected counts. */
    void elapse(boolean connected, Moment now) {
        if (connected || source == Source.PROBATION) {
            countedNanos += now.nanos() - counted.nanos();
        }
        counted = now;
    }

    /** For how much longer it is kept at most; zero once the time is over. */
    Duration left() {
        Duration left = limit.minusNanos(countedNanos);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** {@code <service>/<id>}. */
    String name() {
        return name;
    }

    Registration registration() {
        return registration;
    }

    boolean held() {
        return source == Source.BRAKE;
    }

    Roster.Kept entry() {
        return new Roster.Kept(registration, source);
    }

    EvidenceStatus.Kept status(boolean connected) {
        return new EvidenceStatus.Kept(
                registration.service(), registration.id(), source, since.time(), left(), connected || !held());
    }
}
