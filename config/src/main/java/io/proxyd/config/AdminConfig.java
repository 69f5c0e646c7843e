package io.proxyd.config;

import java.nio.file.Path;

/** Where metrics, readiness and the operator API are served. */
public sealed interface AdminConfig {
    /** A TCP address. */
    record Tcp(Address address) implements AdminConfig {}

    /** A unix domain socket, written {@code unix:/path} in the configuration. */
    record Unix(Path path) implements AdminConfig {}
}
