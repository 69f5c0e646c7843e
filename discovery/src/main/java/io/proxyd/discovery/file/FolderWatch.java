package io.proxyd.discovery.file;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Hears of changes in folders (inotify on Linux). Used by one thread; {@link #close} by any.
 *
 * <p>An event is only a hint where to look: what changed is found by looking.
 */
final class FolderWatch implements AutoCloseable {
    /** Events come in groups (create, write, close); one look after the group is enough. */
    private static final long GROUP_MILLIS = 5;

    private static final int MAX_GROUPS = 20;

    private final @Nullable WatchService service;
    private final String deafBecause;
    private final Map<Path, Followed> followed = new HashMap<>();

    /** Never fails: where the system gives no more inotify instances, it hears of nothing and {@link #follow} says why. */
    FolderWatch() {
        WatchService opened = null;
        String failure = "";
        try {
            opened = FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        service = opened;
        deafBecause = failure;
    }

    /** @param fileKey device and inode, which tell a folder from another one that took its name */
    private record Followed(WatchKey key, @Nullable Object fileKey) {}

    /**
     * What was heard of.
     *
     * @param everything whether anything may have changed, since events were lost
     */
    record Changes(boolean everything, Set<Path> paths) {
        static final Changes NONE = new Changes(false, Set.of());
        static final Changes EVERYTHING = new Changes(true, Set.of());

        boolean isEmpty() {
            return !everything && paths.isEmpty();
        }
    }

    /** Whether the system gave no way to hear of changes; another instance may have more luck. */
    boolean isDeaf() {
        return service == null;
    }

    /** Forgets folders that are gone, or whose place another folder took. */
    void forgetReplaced() {
        forget(folder -> !isSame(folder));
    }

    /** Forgets every folder that is neither the root nor among these. */
    void forgetAllBut(Path root, Set<Path> folders) {
        forget(folder -> !folder.equals(root) && !folders.contains(folder));
    }

    /** Before others are followed: two names of one folder share one key of the service. */
    private void forget(Predicate<Path> gone) {
        followed.entrySet().removeIf(entry -> {
            boolean forget = gone.test(entry.getKey());
            if (forget) {
                entry.getValue().key().cancel();
            }
            return forget;
        });
    }

    /**
     * Hears of this folder from now on.
     *
     * @return whether it is new here, so that its files have to be looked at
     * @throws IOException when the folder is gone, or the system has no more room for watches
     */
    boolean follow(Path folder) throws IOException {
        if (followed.containsKey(folder)) {
            return false;
        }
        if (service == null) {
            throw new IOException(deafBecause);
        }
        Object fileKey = fileKey(folder);
        WatchKey key = folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
        followed.put(folder, new Followed(key, fileKey));
        return true;
    }

    /** Whether the folder is still the one that is heard of. */
    boolean isSame(Path folder) {
        Followed known = followed.get(folder);
        if (known == null || !known.key().isValid()) {
            return false;
        }
        try {
            return Objects.equals(fileKey(folder), known.fileKey());
        } catch (IOException gone) {
            return false;
        }
    }

    /** Waits for changes, at most this long. */
    Changes await(Duration atMost) throws InterruptedException {
        if (service == null) {
            Thread.sleep(atMost.toMillis());
            return Changes.EVERYTHING;
        }
        WatchKey key = service.poll(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS);
        if (key == null) {
            return Changes.NONE;
        }
        boolean everything = false;
        Set<Path> paths = new HashSet<>();
        for (int group = 0; key != null && group < MAX_GROUPS; group++) {
            everything |= collect(key, paths);
            key = service.poll(GROUP_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (key != null) {
            everything |= collect(key, paths);
        }
        return everything ? Changes.EVERYTHING : new Changes(false, paths);
    }

    @Override
    public void close() throws IOException {
        if (service != null) {
            service.close();
        }
    }

    /** Adds the paths of this key's events; returns whether events were lost. */
    private boolean collect(WatchKey key, Set<Path> paths) {
        Path folder = folderOf(key);
        boolean lost = false;
        for (WatchEvent<?> event : key.pollEvents()) {
            if (event.kind() == OVERFLOW || folder == null) {
                lost = true;
            } else if (event.context() instanceof Path name) {
                paths.add(folder.resolve(name));
            }
        }
        if (!key.reset() && folder != null) {
            followed.remove(folder);
            paths.add(folder);
        }
        return lost;
    }

    private @Nullable Path folderOf(WatchKey key) {
        for (Map.Entry<Path, Followed> entry : followed.entrySet()) {
            if (entry.getValue().key().equals(key)) {
                return entry.getKey();
            }
        }
        return null;
    }

    private static @Nullable Object fileKey(Path folder) throws IOException {
        return Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
    }
}
