package io.proxyd.proxy;

import io.proxyd.config.EvidenceConfig.Snapshot;
import io.proxyd.config.ProxydConfig;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.LocalIntents;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.disk.CatalogFile;
import io.proxyd.discovery.disk.CatalogKeeper;
import io.proxyd.discovery.etcd.EtcdIntents;
import io.proxyd.discovery.etcd.EtcdRegistry;
import io.proxyd.discovery.file.FileRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the parts of the registry that the configuration names. */
final class RegistryChoice {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryChoice.class);
    private static final Duration REFRESH = Duration.ofMinutes(1);

    private RegistryChoice() {}

    /** @param environment of the process, where systemd names the state directory */
    static RegistryParts open(ProxydConfig config, InstantSource clock, Map<String, String> environment) {
        ProxyIdentity me =
                ProxyIdentity.of(config.admin(), clock.instant().truncatedTo(ChronoUnit.SECONDS), new Random());
        Registry registry = registry(config.registry(), clock);
        Optional<CatalogKeeper> keeper =
                snapshotFile(config, environment).map(file -> new CatalogKeeper(file, registry::status, REFRESH));
        return new RegistryParts(registry, board(config.registry(), me, clock), keeper);
    }

    private static Registry registry(RegistryConfig config, InstantSource clock) {
        if (config instanceof RegistryConfig.Etcd etcd) {
            return new EtcdRegistry(etcd);
        }
        if (config instanceof RegistryConfig.File file) {
            return new FileRegistry(file);
        }
        return new NoRegistry(clock);
    }

    private static IntentBoard board(RegistryConfig config, ProxyIdentity me, InstantSource clock) {
        if (config instanceof RegistryConfig.Etcd etcd) {
            return new EtcdIntents(etcd, me.id(), me.about(), clock);
        }
        String why =
                config instanceof RegistryConfig.File ? "the file registry carries no intents" : "there is no registry";
        return new LocalIntents(why, me.id(), me.about(), clock);
    }

    private static Optional<CatalogFile> snapshotFile(ProxydConfig config, Map<String, String> environment) {
        String registry = name(config.registry());
        Snapshot snapshot = config.evidence().snapshot();
        if (registry.isEmpty() || snapshot instanceof Snapshot.Off) {
            return Optional.empty();
        }
        if (snapshot instanceof Snapshot.File file) {
            return Optional.of(new CatalogFile(file.path(), registry));
        }
        String folders = environment.getOrDefault("STATE_DIRECTORY", "");
        if (folders.isEmpty()) {
            LOG.info(
                    "the last good catalog is not kept: registry.snapshot is not set, and systemd gives no state directory");
            return Optional.empty();
        }
        return Optional.of(new CatalogFile(Path.of(folders.split(":", 2)[0], "catalog.json"), registry));
    }

    /** Which registry a snapshot is of; empty for none. */
    private static String name(RegistryConfig config) {
        if (config instanceof RegistryConfig.Etcd etcd) {
            return "etcd " + etcd.prefix();
        }
        return config instanceof RegistryConfig.File file ? "file " + file.path() : "";
    }
}
