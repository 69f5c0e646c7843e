package io.proxyd.proxy.evidence;

import io.proxyd.proxy.route.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the registry is not followed at the moment; immutable.
 *
 * @param brakes of the services that have one engaged, by name
 * @param probation how many backends are on probation, by service
 * @param kept every backend that the registry dropped and that is kept all the same, by {@code <service>/<id>}
 */
public record EvidenceStatus(List<Brake> brakes, Map<String, Integer> probation, Map<String, Kept> kept) {
    /** The registry is followed. */
    public static final EvidenceStatus NOTHING = new EvidenceStatus(List.of(), Map.of(), Map.of());

    /**
     * A brake that is engaged.
     *
     * @param held how many backends it holds
     * @param listed how many the registry lists of the same service
     * @param cause of its engagement
     * @param left until it lets the last of them go, counted while the registry is connected
     */
    public record Brake(String service, int held, int listed, Instant since, String cause, Duration left) {}

    /**
     * A backend that is kept.
     *
     * @param source {@code PROBATION} or {@code BRAKE}
     * @param left for how much longer at most
     * @param counting whether that time runs; it stands still for the brake while the registry is not connected
     */
    public record Kept(String service, String id, Source source, Instant since, Duration left, boolean counting) {}

    /** What keeps this backend; null if it is not only kept. */
    public @Nullable Kept kept(String service, String id) {
        return kept.isEmpty() ? null : kept.get(service + "/" + id);
    }

    /** How many backends of a service the brake holds. */
    public int held(String service) {
        return brakes.stream()
                .filter(brake -> brake.service().equals(service))
                .mapToInt(Brake::held)
                .sum();
    }
}
