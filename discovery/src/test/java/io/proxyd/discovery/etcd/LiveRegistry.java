package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistryStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.function.Predicate;

/** A registry with short times over a real etcd, and the catalogs that come of it. */
final class LiveRegistry implements AutoCloseable {
    /** Partitions and silence are noticed within a second. */
    static final WatchTiming BRISK = new WatchTiming(
            Duration.ofSeconds(2),
            Duration.ofMillis(300),
            Duration.ofMillis(20),
            Duration.ofMillis(300),
            Duration.ofMinutes(1),
            Duration.ofMillis(300));

    final CatalogProbe catalogs = new CatalogProbe();
    private final EtcdRegistry registry;

    LiveRegistry(RegistryConfig.Etcd config) {
        this(config, BRISK, Catalog.EMPTY);
    }

    LiveRegistry(RegistryConfig.Etcd config, WatchTiming timing, Catalog known) {
        registry = new EtcdRegistry(config, timing, Clock.systemUTC(), new Random());
        registry.watch(known, catalogs);
    }

    RegistryStatus status() {
        return registry.status();
    }

    long relists(Relist cause) {
        return status().upkeep().relists().getOrDefault(cause.word(), -1L);
    }

    void awaitConnected() {
        Eventually.until(() -> status().connected(), this::status);
    }

    void awaitDisconnected() {
        Eventually.until(() -> !status().connected(), this::status);
    }

    void awaitError(String text) {
        Eventually.until(() -> String.valueOf(status().error()).contains(text), this::status);
    }

    /** The catalog shows what etcd holds below its prefix, read past all of the registry's code. */
    static Predicate<Catalog> equalTo(EtcdProcess etcd) {
        return catalog -> catalog.registrations().stream()
                .map(Registration::name)
                .toList()
                .equals(etcd.keys("/services/"));
    }

    @Override
    public void close() {
        registry.close();
    }
}
