package io.proxyd.proxy.route;

/**
 * Is told what befalls a backend, on whichever thread it happens: the loop of the health checks, or an event loop that serves
 * requests. Must return at once.
 */
public interface BackendEvents {
    /** Nobody listens. */
    BackendEvents NONE = new BackendEvents() {
        @Override
        public void healthChanged(LiveBackend backend, HealthVerdict verdict) {}

        @Override
        public void ejected(LiveBackend backend) {}

        @Override
        public void restored(LiveBackend backend, String cause) {}
    };

    /** Its health is another one than before. */
    void healthChanged(LiveBackend backend, HealthVerdict verdict);

    /** Connects to it failed, so it is out for a while. */
    void ejected(LiveBackend backend);

    /** It proved after an ejection that it can be connected to. */
    void restored(LiveBackend backend, String cause);
}
