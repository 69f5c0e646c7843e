package io.proxyd.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a configuration file and tells when its content has changed.
 *
 * <p>It watches folders rather than the file, so editors that write a new file and rename it are followed, and so are
 * symbolic links that are swapped. Start it before the configuration is loaded: then no change falls between the two.
 */
public final class ConfigWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatch.class);

    /** A burst of events is over when nothing more happened for this long. */
    private static final Duration SETTLE = Duration.ofMillis(50);
    /** A folder in which something happens all the time is looked at nevertheless after so many events. */
    private static final int MAX_EVENTS = 20;
    /** Finds what raises no event: changes on a network file system, or behind several links. */
    private static final Duration RECHECK = Duration.ofSeconds(2);

    private final Path file;
    private final Runnable onChange;
    private final Duration recheck;
    private final FolderEvents events = new FolderEvents();
    private final Thread thread;
    private volatile boolean closed;

    /** The newest content that could be read; only the watch's thread looks at it once it runs. */
    private byte[] content = new byte[0];

    private boolean readable = true;

    /**
     * Starts to follow the file as it is now; it need not exist yet.
     *
     * @param onChange called on the watch's own daemon thread, one call at a time, after the content became another
     *     that can be read; what it throws is logged and ends nothing
     */
    public ConfigWatch(Path file, Runnable onChange) {
        this(file, onChange, RECHECK);
    }

    ConfigWatch(Path file, Runnable onChange, Duration recheck) {
        this.file = file.toAbsolutePath();
        this.onChange = onChange;
        this.recheck = recheck;
        events.follow(foldersOfFile());
        hasChanged();
        thread = new Thread(this::run, "config-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends the watch and waits for a running call of {@code onChange}, unless it is the one that closes. */
    @Override
    public void close() {
        closed = true;
        events.close();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                awaitEvents();
                events.follow(foldersOfFile());
                if (!closed && hasChanged()) {
                    tell();
                }
            }
        } catch (InterruptedException e) {
            LOG.warn("changes of {} are no longer followed, the thread was interrupted", file);
        }
    }

    private void awaitEvents() throws InterruptedException {
        boolean more = events.await(recheck);
        for (int seen = 1; more && seen < MAX_EVENTS; seen++) {
            more = events.await(SETTLE);
        }
    }

    private void tell() {
        try {
            onChange.run();
        } catch (RuntimeException e) {
            LOG.error("the change of {} could not be handled", file, e);
        }
    }

    private boolean hasChanged() {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] before = content;
            content = in.readNBytes(ConfigFile.MAX_BYTES + 1);
            readable = true;
            return !Arrays.equals(before, content);
        } catch (IOException e) {
            if (readable) {
                LOG.warn("{} cannot be read ({}); the running configuration stays", file, e.toString());
            }
            readable = false;
            return false;
        }
    }

    /** The folder the file is named in and, where it is a link, the one it really is in. */
    private Set<Path> foldersOfFile() {
        Set<Path> folders = new LinkedHashSet<>();
        addFolderOf(file, folders);
        try {
            addFolderOf(file.toRealPath(), folders);
        } catch (IOException e) {
            LOG.trace("{} is not there", file, e);
        }
        return folders;
    }

    private static void addFolderOf(Path path, Set<Path> folders) {
        Path folder = path.getParent();
        if (folder != null) {
            folders.add(folder);
        }
    }
}
