package io.proxyd.proxy;

import io.proxyd.config.HealthCheckConfig;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.ServiceConfig;
import io.proxyd.discovery.Intent;
import io.proxyd.proxy.evidence.Clocks;
import io.proxyd.proxy.evidence.IntentsInForce;
import io.proxyd.proxy.evidence.Witness;
import io.proxyd.proxy.route.EjectionReason;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the running proxy knows of its backends. Control thread.
 *
 * <p>A failing health check counts against a backend once it has failed for a while: without a registration nothing would
 * bring the backend back that a moment's pause of the machine cost. Until then it merely takes no requests.
 */
final class LiveWitness implements Witness {
    private static final Duration CONVICTION = Duration.ofSeconds(3);

    private final Supplier<@Nullable ProxydConfig> config;
    private final Supplier<@Nullable RoutingTable> table;
    private final IntentsInForce intents;
    private final Clocks clocks;

    LiveWitness(
            Supplier<@Nullable ProxydConfig> config,
            Supplier<@Nullable RoutingTable> table,
            IntentsInForce intents,
            Clocks clocks) {
        this.clocks = clocks;
        this.config = config;
        this.table = table;
        this.intents = intents;
    }

    @Override
    public boolean serves(String service) {
        return service(service) != null;
    }

    @Override
    public Testimony of(LiveBackend.Key key) {
        ServiceConfig service = service(key.service());
        boolean drained = intents.matches(key.toString(), Intent::drain);
        boolean configured = service != null
                && service.backends().stream().anyMatch(a -> a.toString().equals(key.id()));
        boolean checked = service != null && !(service.healthCheck() instanceof HealthCheckConfig.None);
        LiveBackend backend = backend(key);
        if (backend == null) {
            HealthVerdict.Health health = checked ? HealthVerdict.Health.UNCHECKED : HealthVerdict.Health.NOT_CHECKED;
            return new Testimony(health, "not checked yet", false, drained, configured);
        }
        HealthVerdict verdict = backend.health();
        return new Testimony(
                health(verdict, checked), verdict.reason(), cannotBeConnectedTo(backend), drained, configured);
    }

    private static boolean cannotBeConnectedTo(LiveBackend backend) {
        return backend.ejection().active(System.nanoTime())
                && backend.ejection().reason() == EjectionReason.CONNECT;
    }

    /** As the configuration says whether there are checks; the first of them, or the last, may still be on its way. */
    private HealthVerdict.Health health(HealthVerdict seen, boolean checked) {
        if (!checked) {
            return HealthVerdict.Health.NOT_CHECKED;
        }
        boolean open = seen.health() == HealthVerdict.Health.NOT_CHECKED
                || (seen.health() == HealthVerdict.Health.FAILING
                        && clocks.now().time().isBefore(seen.since().plus(CONVICTION)));
        return open ? HealthVerdict.Health.UNCHECKED : seen.health();
    }

    private @Nullable ServiceConfig service(String name) {
        ProxydConfig current = config.get();
        return current == null ? null : current.services().get(name);
    }

    private @Nullable LiveBackend backend(LiveBackend.Key key) {
        RoutingTable current = table.get();
        Service service = current == null ? null : current.services().get(key.service());
        return service == null ? null : service.backend(key);
    }
}
