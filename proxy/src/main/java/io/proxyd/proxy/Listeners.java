package io.proxyd.proxy;

import io.proxyd.config.Address;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.telemetry.ListenerCounts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The open listeners by their configured address. */
final class Listeners {
    private final List<Worker> workers;
    private Map<Address, Listener> open = new LinkedHashMap<>();

    Listeners(List<Worker> workers) {
        this.workers = workers;
    }

    /**
     * Opens, changes and closes listeners until they are as wanted.
     *
     * @throws Listener.BindFailure if one cannot be opened; then all stay as they were
     */
    synchronized void apply(List<ListenerConfig> wanted) {
        List<Listener> opened = new ArrayList<>();
        Map<Address, Listener> next = new LinkedHashMap<>();
        try {
            for (ListenerConfig config : wanted) {
                Listener known = open.get(config.address());
                if (known == null) {
                    known = Listener.open(config, workers);
                    opened.add(known);
                }
                next.put(config.address(), known);
            }
        } catch (Listener.BindFailure e) {
            opened.forEach(Listener::close);
            throw e;
        }
        for (ListenerConfig config : wanted) {
            Objects.requireNonNull(next.get(config.address())).config(config);
        }
        open.forEach((address, listener) -> {
            if (!next.containsKey(address)) {
                listener.close();
            }
        });
        open = next;
    }

    synchronized List<InetSocketAddress> boundAddresses() {
        return open.values().stream().map(Listener::boundAddress).toList();
    }

    /** The addresses as configured, with the ports that are bound. */
    synchronized List<String> names() {
        return open.values().stream().map(Listener::name).toList();
    }

    synchronized List<ListenerCounts> counts() {
        return open.values().stream().map(Listener::counts).toList();
    }

    synchronized void close() {
        open.values().forEach(Listener::close);
    }
}
