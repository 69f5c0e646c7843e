package io.proxyd.proxy.evidence;

import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;

/** What proxyd itself knows of services and backends, beside the registry. Asked on the control loop's thread. */
public interface Witness {
    /** Whether this proxy has the service. */
    boolean serves(String service);

    /** What is known of a backend of a service that this proxy has. */
    Testimony of(LiveBackend.Key key);

    /**
     * What is known of one backend.
     *
     * @param health {@code NOT_CHECKED} if its service has no health check
     * @param reason of its health, in words for the operator
     * @param ejected whether connects to it failed of late
     * @param drained whether an operator drains it
     * @param configured whether the configuration names it, so that it stays whatever the registry says
     */
    record Testimony(
            HealthVerdict.Health health, String reason, boolean ejected, boolean drained, boolean configured) {}
}
