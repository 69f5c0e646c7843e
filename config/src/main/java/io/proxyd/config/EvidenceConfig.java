package io.proxyd.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How far the registry is believed: {@code registry.snapshot}, {@code registry.probation} and {@code registry.brake}.
 *
 * @param probation how long a backend is kept whose registration ended though it still answers its health check; zero
 *     for not at all
 */
public record EvidenceConfig(Snapshot snapshot, Duration probation, Brake brake) {
    /** Where the last good catalog is kept. */
    public sealed interface Snapshot {
        /** Nowhere. */
        record Off() implements Snapshot {}

        /** In the state directory that systemd gives, if it gives one. */
        record StateDirectory() implements Snapshot {}

        /** In a file. */
        record File(Path path) implements Snapshot {}
    }

    /**
     * When the removal of many backends at once is held back.
     *
     * @param share of a service's backends that may leave within the window, from 0 to 1; more are held
     * @param minimum fewer than that many are never held
     * @param hold how long at most while the registry, connected, keeps saying the same
     */
    public record Brake(double share, int minimum, Duration window, Duration hold) {}

    /** The defaults of all keys. */
    public static EvidenceConfig defaults() {
        return EvidenceReader.read(Section.empty("registry"), new FilePaths(Path.of("/")));
    }
}
