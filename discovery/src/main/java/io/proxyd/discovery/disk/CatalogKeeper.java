package io.proxyd.discovery.disk;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.RegistryStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last good catalog on disk, on a thread of its own. Changes that come within a second cost one write; every
 * minute, and at the end, the time at which the registry last confirmed the catalog is brought up to date.
 */
public final class CatalogKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CatalogKeeper.class);
    private static final Duration WRITE_PAUSE = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

    private final CatalogFile file;
    private final Supplier<RegistryStatus> status;
    private final AtomicReference<@Nullable Catalog> pending = new AtomicReference<>();
    private final ScheduledThreadPoolExecutor thread;
    private @Nullable KeptCatalog written;
    private boolean failureLogged;

    /**
     * @param status of the registry, which says when the catalog was confirmed
     * @param refresh how often that time is written anew
     */
    public CatalogKeeper(CatalogFile file, Supplier<RegistryStatus> status, Duration refresh) {
        this.file = file;
        this.status = status;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread runner = new Thread(task, "proxyd-snapshot");
            runner.setDaemon(true);
            return runner;
        });
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.scheduleWithFixedDelay(this::write, refresh.toNanos(), refresh.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * What was kept by the process before this one; to be asked for before the first {@link #keep}. A file that cannot be
     * used is set aside, and the log says why.
     */
    public Optional<KeptCatalog> load() {
        try {
            Optional<KeptCatalog> kept = file.read();
            kept.ifPresent(found -> log.info(
                    "{} holds {} registrations of revision {}, confirmed at {}",
                    file.path(),
                    found.catalog().registrations().size(),
                    found.catalog().revision(),
                    found.confirmed()));
            return kept;
        } catch (CatalogFileException e) {
            log.error("The last good catalog is not used: {}; {}", e.getMessage(), setAside());
        } catch (IOException e) {
            log.error("The last good catalog cannot be read: {}", e.toString());
        }
        return Optional.empty();
    }

    private String setAside() {
        try {
            return "it is kept as " + file.setAside();
        } catch (IOException e) {
            return "it could not be moved aside: " + e;
        }
    }

    /** Has a catalog written within a second or so; any thread, returns at once. */
    public void keep(Catalog catalog) {
        if (pending.getAndSet(catalog) == null) {
            thread.schedule(this::write, WRITE_PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** Writes what is new: another catalog, or the same one with a later confirmation. */
    private void write() {
        Catalog changed = pending.getAndSet(null);
        KeptCatalog before = written;
        Catalog catalog = changed != null ? changed : before == null ? null : before.catalog();
        Instant confirmed = status.get().confirmed();
        if (catalog == null || confirmed == null) {
            return;
        }
        KeptCatalog now = new KeptCatalog(catalog, confirmed);
        if (now.equals(before)) {
            return;
        }
        try {
            file.write(now);
            written = now;
            if (failureLogged) {
                log.info("{} can be written again", file.path());
            }
            failureLogged = false;
        } catch (IOException | RuntimeException e) {
            pending.compareAndSet(null, catalog); // the next refresh tries again
            if (!failureLogged) {
                log.warn("{} cannot be written, the last good catalog is not kept: {}", file.path(), e.toString());
            }
            failureLogged = true;
        }
    }

    /** Writes what is still to be written, and ends. */
    @Override
    public void close() {
        thread.execute(this::write);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("{} was not written within {}", file.path(), CLOSE_TIME);
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
