package io.proxyd.discovery.file;

import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.RegistrationReader;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.RegistryStatus;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registrations in a folder that mirrors the keys of etcd, followed with inotify.
 *
 * <p>{@code DIR/<service>/<backend-id>.json}, and {@code DIR/<service>.json} for a service of one backend. Catalogs come
 * from one thread, {@code proxyd-registry-file}.
 */
public final class FileRegistry implements Registry {
    private static final Logger log = LoggerFactory.getLogger(FileRegistry.class);
    private static final long CLOSE_MILLIS = TimeUnit.SECONDS.toMillis(5);

    private final Path root;
    private final FileTiming timing;
    private final InstantSource clock;
    private volatile @Nullable CatalogFeed feed;
    private volatile @Nullable FolderLoop loop;
    private volatile @Nullable Thread thread;

    public FileRegistry(RegistryConfig.File config) {
        this(config, FileTiming.DEFAULT, Clock.systemUTC());
    }

    FileRegistry(RegistryConfig.File config, FileTiming timing, InstantSource clock) {
        this.root = config.path().toAbsolutePath().normalize();
        this.timing = timing;
        this.clock = clock;
    }

    @Override
    public void watch(Catalog known, Consumer<Catalog> listener) {
        if (feed != null) {
            throw new IllegalStateException("watch was called before on " + root + ", expected one call");
        }
        UnaryOperator<String> shownKey =
                key -> root.resolve(key + FolderListing.SUFFIX).toString();
        HeldRegistrations held = new HeldRegistrations(shownKey, clock);
        CatalogFeed opened = new CatalogFeed("file", "registry folder " + root, listener, clock);
        FileReadings readings = new FileReadings(new RegistrationReader(shownKey), held, timing, clock);
        FolderLoop started = new FolderLoop(root, timing, readings, held, opened);
        Thread runner = new Thread(started, "proxyd-registry-file");
        runner.setDaemon(true);
        feed = opened;
        loop = started;
        thread = runner;
        runner.start();
    }

    @Override
    public RegistryStatus status() {
        CatalogFeed opened = feed;
        return opened == null ? new RegistryStatus("file", false, 0, null, "not started") : opened.status();
    }

    @Override
    public void close() {
        FolderLoop started = loop;
        Thread runner = thread;
        if (started == null || runner == null) {
            return;
        }
        started.stop();
        try {
            runner.join(CLOSE_MILLIS);
            if (runner.isAlive()) {
                log.warn("The thread of registry folder {} did not end within {} ms", root, CLOSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
