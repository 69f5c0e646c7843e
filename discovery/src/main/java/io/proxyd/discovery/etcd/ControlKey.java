package io.proxyd.discovery.etcd;

/**
 * The keys below the control prefix:
 *
 * <pre>
 * intents/SERVICE/BACKEND-ID/drain     what an operator wants; hangs on a lease of its own
 * intents/SERVICE/BACKEND-ID/weight
 * proxies/PROXY-ID                     a proxy that lives; this and the rest hang on the proxy's lease
 * acks/PROXY-ID/SERVICE/BACKEND-ID     a draining backend that the proxy has let go of
 * canary/PROXY-ID                      the time at which it was written
 * </pre>
 */
final class ControlKey {
    static final String DRAIN = "drain";
    static final String WEIGHT = "weight";

    private ControlKey() {}

    static String intent(String backend, String kind) {
        return "intents/" + backend + "/" + kind;
    }

    static String proxy(String proxyId) {
        return "proxies/" + proxyId;
    }

    static String ack(String proxyId, String backend) {
        return "acks/" + proxyId + "/" + backend;
    }

    static String canary(String proxyId) {
        return "canary/" + proxyId;
    }
}
