package io.proxyd.discovery;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What the operators want, at one registry revision; immutable. A drain and a weight of one backend end each at its own time.
 *
 * @param drains by {@link Intent#name}
 * @param weights by {@link Intent#name}
 */
public record Intents(long revision, Map<String, Intent> drains, Map<String, Intent> weights) {
    /** Nobody wants anything. */
    public static final Intents NONE = new Intents(0, Map.of(), Map.of());

    /** The same with these beside, or in the place of, those for the same backends; the revision stays. */
    public Intents with(Intents others) {
        return new Intents(revision, joined(drains, others.drains), joined(weights, others.weights));
    }

    /** One intent for each backend, of what is not over yet: the words and the end of the drain where there is one. */
    public Map<String, Intent> inForce(Instant now) {
        Map<String, Intent> inForce = new HashMap<>();
        weights.forEach((name, weight) -> {
            if (weight.until().isAfter(now)) {
                inForce.put(name, weight);
            }
        });
        drains.forEach((name, drain) -> {
            if (drain.until().isAfter(now)) {
                inForce.merge(name, drain, (weight, itself) -> itself.weighing(weight.weight()));
            }
        });
        return inForce;
    }

    private static Map<String, Intent> joined(Map<String, Intent> some, Map<String, Intent> others) {
        Map<String, Intent> all = new HashMap<>(some);
        all.putAll(others);
        return Map.copyOf(all);
    }
}
