package io.proxyd.discovery.file;

import io.proxyd.discovery.HeldRegistrations;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Reading;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistrationReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads files into registrations and tells a broken file from one that is being written.
 *
 * <p>A file that makes no sense and changed a moment ago is looked at again once it had time to settle; until then what
 * it said before stays. Used by the registry's thread alone.
 */
final class FileReadings {
    private final RegistrationReader reader;
    private final HeldRegistrations held;
    private final FileTiming timing;
    private final InstantSource clock;
    /** Files to be looked at again, with the time they first made no sense. */
    private final Map<String, Instant> unsettled = new HashMap<>();

    FileReadings(RegistrationReader reader, HeldRegistrations held, FileTiming timing, InstantSource clock) {
        this.reader = reader;
        this.held = held;
        this.timing = timing;
        this.clock = clock;
    }

    boolean isKnown(String key) {
        return held.reading(key) != null && !unsettled.containsKey(key);
    }

    boolean isSettled() {
        return unsettled.isEmpty();
    }

    /** Forgets every key that is not among these. */
    void keepOnly(Set<String> keys) {
        held.keepOnly(keys);
        unsettled.keySet().retainAll(keys);
    }

    void refuse(String key, Path path, String reason) {
        held.put(key, new Quarantined(path.toString(), reason));
    }

    void read(String key, Path path) {
        try {
            take(key, path, reader.read(key, content(path)));
        } catch (NoSuchFileException e) {
            held.remove(key);
            unsettled.remove(key);
        } catch (IOException e) {
            take(
                    key,
                    path,
                    new Quarantined(path.toString(), "file cannot be read (" + e + "), expected a readable file"));
        }
    }

    private void take(String key, Path path, Reading reading) {
        if (reading instanceof Registration || !mayBeHalfWritten(key, path)) {
            held.put(key, reading);
            unsettled.remove(key);
        } else {
            unsettled.putIfAbsent(key, clock.instant());
        }
    }

    private boolean mayBeHalfWritten(String key, Path path) {
        Instant now = clock.instant();
        Instant since = unsettled.getOrDefault(key, now);
        boolean changedJustNow = Duration.between(lastChange(path), now).compareTo(timing.settle()) < 0;
        return changedJustNow && Duration.between(since, now).compareTo(timing.patience()) < 0;
    }

    private static Instant lastChange(Path path) {
        try {
            return Files.getLastModifiedTime(path).toInstant();
        } catch (IOException unreadable) {
            return Instant.MIN;
        }
    }

    /** At most one byte more than the reader takes, so that a huge file is refused and not loaded. */
    private static ByteBuffer content(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return ByteBuffer.wrap(in.readNBytes(RegistrationReader.MAX_VALUE_BYTES + 1));
        }
    }
}
