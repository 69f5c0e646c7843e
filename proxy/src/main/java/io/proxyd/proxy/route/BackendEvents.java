package io.proxyd.proxy.route;

import java.util.List;

/**
 * Is told what befalls a backend, on whichever thread it happens: the loop of the health checks, or an event loop that serves
 * requests. Must return at once.
 */
public interface BackendEvents {
    /** Nobody listens. */
    BackendEvents NONE = new BackendEvents() {};

    /** Its health is another one than before. */
    default void healthChanged(LiveBackend backend, HealthVerdict verdict) {}

    /** Requests met enough there for it to be out for a while; {@link LiveBackend#ejection} says what. */
    default void ejected(LiveBackend backend) {}

    /** It would have been ejected, but too many of its service are. Told once until another one is ejected. */
    default void ejectionRefused(LiveBackend backend) {}

    /** It proved itself after an ejection. */
    default void restored(LiveBackend backend, String cause) {}

    /** Its health check began or ceased to say that it drains. */
    default void drainingChanged(LiveBackend backend, boolean draining) {}

    /** Tells them all, in their order. */
    static BackendEvents of(List<BackendEvents> listeners) {
        List<BackendEvents> all = List.copyOf(listeners);
        return new BackendEvents() {
            @Override
            public void healthChanged(LiveBackend backend, HealthVerdict verdict) {
                all.forEach(listener -> listener.healthChanged(backend, verdict));
            }

            @Override
            public void ejected(LiveBackend backend) {
                all.forEach(listener -> listener.ejected(backend));
            }

            @Override
            public void ejectionRefused(LiveBackend backend) {
                all.forEach(listener -> listener.ejectionRefused(backend));
            }

            @Override
            public void restored(LiveBackend backend, String cause) {
                all.forEach(listener -> listener.restored(backend, cause));
            }

            @Override
            public void drainingChanged(LiveBackend backend, boolean draining) {
                all.forEach(listener -> listener.drainingChanged(backend, draining));
            }
        };
    }
}
