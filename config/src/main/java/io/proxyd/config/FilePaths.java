package io.proxyd.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Reads paths of files; a relative one starts at the folder of the configuration file. */
final class FilePaths {
    private final Path configFile;

    FilePaths(Path configFile) {
        this.configFile = configFile;
    }

    ValueType<Path> type(String expected) {
        return ValueType.ofText(expected, this::parse);
    }

    Path parse(String text) {
        if (text.isBlank()) {
            throw new BadValue("names no file");
        }
        try {
            return configFile.resolveSibling(text).normalize();
        } catch (InvalidPathException e) {
            throw new BadValue("is not a path");
        }
    }
}
