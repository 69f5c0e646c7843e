package io.proxyd.discovery.file;

import java.time.Duration;

/**
 * The times the file registry lives by.
 *
 * @param settle how long after its last change a file that makes no sense may still be half-written
 * @param patience how long a file that keeps changing is waited for
 * @param check how often the folder is checked to be there and the same
 * @param audit how often every file is read again, whatever was told about it
 */
record FileTiming(Duration settle, Duration patience, Duration check, Duration audit) {
    static final FileTiming DEFAULT = new FileTiming(
            Duration.ofMillis(200), Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(15));
}
