package io.proxyd.proxy;

import io.proxyd.proxy.route.BackendEvents;
import io.proxyd.proxy.route.HealthVerdict;
import io.proxyd.proxy.route.LiveBackend;
import java.util.List;

/** Tells every event loop of a backend that its health checks convict, so that what waits for it is answered elsewhere. */
record Convictions(List<Worker> workers) implements BackendEvents {
    @Override
    public void healthChanged(LiveBackend backend, HealthVerdict verdict) {
        if (verdict.health() == HealthVerdict.Health.FAILING) {
            workers.forEach(worker -> worker.convicted(backend));
        }
    }
}
