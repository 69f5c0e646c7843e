package io.proxyd.proxy.route;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Registration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a backend apart from its identity, by its registration and by the operators; immutable.
 *
 * @param weight the one that counts: the operator's, else the registered one
 * @param draining whether the operator or the registration wants it to take no new requests
 * @param source why it is there
 * @param registration null for one that is only configured
 * @param intent the operator's; null if there is none in force
 */
public record Terms(
        int weight, boolean draining, Source source, @Nullable Registration registration, @Nullable Intent intent) {

    static Terms configured(@Nullable Intent intent) {
        return new Terms(
                weight(Registration.DEFAULT_WEIGHT, intent),
                intent != null && intent.drain(),
                Source.CONFIG,
                null,
                intent);
    }

    static Terms of(Registration registration, Source source, @Nullable Intent intent) {
        boolean asks = registration.state() == Registration.State.DRAINING;
        return new Terms(
                weight(registration.weight(), intent),
                asks || (intent != null && intent.drain()),
                source,
                registration,
                intent);
    }

    private static int weight(int stated, @Nullable Intent intent) {
        return intent == null ? stated : intent.weight().orElse(stated);
    }

    /** Whether it takes new requests at all. */
    boolean willing() {
        return weight > 0 && !draining;
    }

    /** When the first of its drains should be over; empty if it does not drain, or for as long as it likes. */
    Optional<Instant> drainEnd() {
        Optional<Instant> asked = registration == null || registration.state() != Registration.State.DRAINING
                ? Optional.empty()
                : registration.deadline();
        Optional<Instant> wanted = intent == null || !intent.drain() ? Optional.empty() : Optional.of(intent.until());
        return Stream.concat(asked.stream(), wanted.stream()).min(Comparator.naturalOrder());
    }

    /** What its registration says of the weight. */
    public int statedWeight() {
        return registration == null ? Registration.DEFAULT_WEIGHT : registration.weight();
    }

    /** What its announcer attached, by key. */
    public Map<String, String> metadata() {
        return registration == null ? Map.of() : registration.metadata();
    }
}
