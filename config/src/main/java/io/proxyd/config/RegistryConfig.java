package io.proxyd.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** Where registrations come from. */
public sealed interface RegistryConfig {
    /** No registry: only the backends written under {@code services}. */
    record None() implements RegistryConfig {}

    /** @param prefix starts and ends with {@code /} */
    record Etcd(List<URI> endpoints, String prefix) implements RegistryConfig {}

    /** @param path the folder that mirrors the keys: {@code <service>/<backend-id>.json} */
    record File(Path path) implements RegistryConfig {}
}
