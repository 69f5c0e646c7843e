package io.proxyd.discovery.file;

import io.proxyd.discovery.CatalogFeed;
import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.file.FolderWatch.Changes;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a view of a registry folder: waits for a change, looks, delivers, and never trusts to have heard of everything.
 *
 * <p>Each look lists the folder anew and reads the files that are new or were told to have changed; every
 * {@link FileTiming#audit} it reads them all. A folder that is away, or cannot be listed, leaves the view as it is.
 */
final class FolderLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(FolderLoop.class);

    private final Path root;
    private final FileTiming timing;
    private final FileReadings readings;
    private final HeldRegistrations held;
    private final CatalogFeed feed;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable FolderWatch current;
    /** Why changes in some folder are not heard of, so that all is read at each check; null when they are. */
    private @Nullable String deafness;

    private long revision;

    FolderLoop(Path root, FileTiming timing, FileReadings readings, HeldRegistrations held, CatalogFeed feed) {
        this.root = root;
        this.timing = timing;
        this.readings = readings;
        this.held = held;
        this.feed = feed;
    }

    /** Runs until {@link #stop}; whatever fails is told in the status and tried again. */
    @Override
    public void run() {
        try {
            while (!isStopped()) {
                follow();
                sleep(timing.check());
            }
        } catch (InterruptedException e) {
            log.warn("The thread that follows {} was interrupted and ends", root);
        }
    }

    /** Ends the loop soon; any thread. */
    void stop() {
        stopped.countDown();
        closeQuietly(current);
    }

    private void follow() throws InterruptedException {
        try (FolderWatch watch = new FolderWatch()) {
            current = watch;
            follow(watch);
        } catch (ClosedWatchServiceException e) {
            log.debug("No longer following {}", root);
        } catch (IOException e) {
            feed.disconnected("cannot be followed: " + e);
        } catch (RuntimeException e) {
            log.error("Following {} failed unexpectedly and begins anew", root, e);
            feed.disconnected("unexpected " + e);
        }
    }

    private void follow(FolderWatch watch) throws IOException, InterruptedException {
        Changes changes = Changes.EVERYTHING;
        long audited = System.nanoTime();
        while (!isStopped()) {
            if (System.nanoTime() - audited > timing.audit().toNanos()) {
                if (watch.isDeaf()) {
                    return;
                }
                changes = Changes.EVERYTHING;
                audited = System.nanoTime();
            }
            boolean quiet = changes.isEmpty() && readings.isSettled() && watch.isSame(root) && deafness == null;
            if (quiet) {
                feed.confirmed();
            } else {
                look(watch, changes);
            }
            changes = watch.await(readings.isSettled() ? timing.check() : timing.settle());
        }
    }

    private void look(FolderWatch watch, Changes changes) throws IOException {
        watch.forgetReplaced();
        deafness = null;
        if (!Files.isDirectory(root)) {
            feed.disconnected("does not exist, expected a folder with <service>/<backend-id>.json");
            return;
        }
        Set<Path> unread = new HashSet<>();
        // Heard of before it is listed, so that nothing falls in between.
        followOne(watch, root, unread);
        Set<Path> services = FolderListing.services(root);
        watch.forgetAllBut(root, services);
        for (Path service : services) {
            followOne(watch, service, unread);
        }
        apply(FolderListing.of(root, services), changes, unread);
    }

    private void followOne(FolderWatch watch, Path folder, Set<Path> unread) {
        try {
            if (watch.follow(folder)) {
                unread.add(folder);
            }
        } catch (NoSuchFileException removed) {
            // Its removal is an event of the folder above, or seen by the next check.
        } catch (IOException e) {
            unread.add(folder);
            deafness = "changes in " + folder + " are not told (" + e.getMessage() + "), so all is read every "
                    + timing.check().toMillis() + " ms";
        }
    }

    private void apply(FolderListing listing, Changes changes, Set<Path> unread) {
        listing.files().forEach((key, path) -> {
            boolean told = changes.everything() || changes.paths().contains(path) || unread.contains(path.getParent());
            if (told || !readings.isKnown(key)) {
                readings.read(key, path);
            }
        });
        listing.misplaced()
                .forEach((key, path) -> readings.refuse(
                        key,
                        path,
                        path + " is not a file, expected DIR/<service>/<backend-id>" + FolderListing.SUFFIX));
        readings.keepOnly(keysOf(listing));
        if (feed.offer(held.catalog(revision + 1, Lineage.PLAIN))) {
            revision++;
        }
        if (!listing.unreadable().isEmpty()) {
            feed.disconnected(String.join("; ", listing.unreadable().values()));
        } else if (deafness != null) {
            feed.disconnected(deafness);
        } else {
            feed.connected();
            feed.confirmed();
        }
    }

    /** The keys the listing has, and those it could not look for. */
    private Set<String> keysOf(FolderListing listing) {
        Set<String> keys = new HashSet<>(listing.files().keySet());
        keys.addAll(listing.misplaced().keySet());
        for (Map.Entry<String, String> unreadable : listing.unreadable().entrySet()) {
            held.keys().stream()
                    .filter(key -> key.startsWith(unreadable.getKey()))
                    .forEach(keys::add);
        }
        return keys;
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private void sleep(Duration atMost) throws InterruptedException {
        boolean ignored = stopped.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void closeQuietly(@Nullable FolderWatch watch) {
        if (watch == null) {
            return;
        }
        try {
            watch.close();
        } catch (IOException e) {
            log.warn("Closing a folder watch failed", e);
        }
    }
}
