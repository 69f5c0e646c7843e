package io.proxyd.config;

import io.proxyd.config.EvidenceConfig.Brake;
import io.proxyd.config.EvidenceConfig.Snapshot;
import java.time.Duration;

/** Reads the keys of {@code registry} that say how far the registry is believed. */
final class EvidenceReader {
    private static final ValueType<Duration> WINDOW =
            DurationText.between(Duration.ofMillis(100), Duration.ofHours(24));
    private static final ValueType<Integer> MINIMUM = ValueTypes.wholeNumber(1, 1_000_000);
    private static final ValueType<Double> SHARE = ValueTypes.number(0, 1);

    private EvidenceReader() {}

    static EvidenceConfig read(Section registry, FilePaths paths) {
        ValueType<Snapshot> file = ValueType.ofText(
                "off or the path of a file such as /var/lib/proxyd/catalog.json", text -> snapshot(text, paths));
        Snapshot snapshot = registry.find("snapshot", file).orElseGet(Snapshot.StateDirectory::new);
        Section brake = registry.section("brake");
        return new EvidenceConfig(
                snapshot,
                registry.read("probation", DurationText.TIMEOUT_OR_NONE),
                new Brake(
                        brake.read("share", SHARE),
                        brake.read("minimum", MINIMUM),
                        brake.read("window", WINDOW),
                        brake.read("hold", WINDOW)));
    }

    private static Snapshot snapshot(String text, FilePaths paths) {
        // Other versions of YAML turn off into false, so that is what some write.
        return text.equals("off") || text.equals("false") ? new Snapshot.Off() : new Snapshot.File(paths.parse(text));
    }
}
