package io.proxyd.config;

import java.nio.file.Path;

/** Whether, where and how each exchange is logged. */
public record AccessLogConfig(Output output, Format format) {
    /** Where lines go. */
    public sealed interface Output {
        /** Nowhere. */
        record Off() implements Output {}

        /** Standard output. */
        record Stdout() implements Output {}

        /** Appended to a file. */
        record File(Path path) implements Output {}
    }

    /** What a line looks like. */
    public enum Format {
        COMBINED,
        JSON
    }
}
