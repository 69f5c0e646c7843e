package io.proxyd.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells that something happened in one of a few folders, not what. Where the kernel has no watch left to give, nothing
 * ever seems to happen, and who waits has to look for itself after each wait.
 */
final class FolderEvents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderEvents.class);

    private final @Nullable WatchService service = open();
    private final Map<Path, WatchKey> watched = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Watches these folders and no others; one that is not there is left out until the next call. One thread at a time. */
    void follow(Set<Path> folders) {
        if (service == null) {
            return;
        }
        watched.entrySet().removeIf(entry -> {
            boolean gone =
                    !folders.contains(entry.getKey()) || !entry.getValue().isValid();
            if (gone) {
                entry.getValue().cancel();
            }
            return gone;
        });
        for (Path folder : folders) {
            if (!watched.containsKey(folder)) {
                watch(folder, service);
            }
        }
    }

    /** Waits for an event; false if none came in time, or if this was closed. */
    boolean await(Duration atMost) throws InterruptedException {
        if (service == null) {
            closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return false;
        }
        try {
            WatchKey key = service.poll(atMost.toNanos(), TimeUnit.NANOSECONDS);
            if (key == null) {
                return false;
            }
            key.pollEvents();
            key.reset();
            return true;
        } catch (ClosedWatchServiceException e) {
            return false;
        }
    }

    /** Ends a wait at once; any thread. */
    @Override
    public void close() {
        closed.countDown();
        if (service == null) {
            return;
        }
        try {
            service.close();
        } catch (IOException e) {
            LOG.warn("the watch of folders could not be closed", e);
        }
    }

    private void watch(Path folder, WatchService service) {
        try {
            watched.put(
                    folder,
                    folder.register(
                            service,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE));
        } catch (ClosedWatchServiceException e) {
            LOG.trace("closed while a folder was added", e);
        } catch (IOException e) {
            LOG.debug("{} cannot be watched for now", folder, e);
        }
    }

    private static @Nullable WatchService open() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("folders cannot be watched ({}); changes are found a little later", e.getMessage());
            return null;
        }
    }
}
