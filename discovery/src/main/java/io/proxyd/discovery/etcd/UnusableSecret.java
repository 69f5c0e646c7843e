package io.proxyd.discovery.etcd;

import java.nio.file.Path;

/** A file that etcd's TLS or login needs is missing or makes no sense; says which, where, and what was expected. */
final class UnusableSecret extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param expected what the file should hold, such as {@code certificates (PEM)} */
    UnusableSecret(String setting, Path file, String problem, String expected) {
        super(setting + " " + file + " " + problem + ", expected " + expected, null, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
