package io.proxyd.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Turns a YAML file into a {@link ProxydConfig}: whole or not at all. Has no state; any thread.
 *
 * <p>The keys and their defaults are those of {@link Schema}; {@code docs/configuration.md} tells what they mean.
 */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * Reads a file of UTF-8 text.
     *
     * @throws ConfigException with every problem of it, be it that there is no such file
     */
    public static ProxydConfig load(Path file) {
        Problems problems = new Problems(file.toString());
        return read(file, ConfigFile.read(file, problems), problems);
    }

    /**
     * Reads text that is already at hand.
     *
     * @param fileName named in problems; relative paths in the text start at its folder
     * @throws ConfigException with every problem of the text
     */
    public static ProxydConfig parse(String fileName, String yaml) {
        return read(Path.of(fileName), yaml, new Problems(fileName));
    }

    private static ProxydConfig read(Path file, String yaml, Problems problems) {
        Value document = new Value(YamlText.compose(yaml, problems), "", 1, problems);
        ProxydConfig config = read(Section.of(document, "", problems), new FilePaths(file));
        problems.throwIfAny();
        return config;
    }

    private static ProxydConfig read(Section root, FilePaths paths) {
        List<ListenerConfig> listeners = ListenerReader.read(root);
        Map<String, ServiceConfig> services = ServiceReader.read(root, paths);
        Section registry = root.section("registry");
        return new ProxydConfig(
                RuntimeReader.read(root.section("runtime")),
                listeners,
                AdminReader.read(root.section("admin"), listeners),
                RegistryReader.read(registry, paths),
                EvidenceReader.read(registry, paths),
                services,
                RouteReader.read(root, services.keySet()),
                AccessLogReader.read(root.section("access-log"), paths));
    }
}
