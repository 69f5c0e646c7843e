package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.AccessLogConfig.Format;
import io.proxyd.config.AccessLogConfig.Output;

/** Reads {@code access-log}. */
final class AccessLogReader {
    private static final String FILE = "file:";
    private static final ValueType<Format> FORMAT =
            ValueTypes.oneOf(entry("combined", Format.COMBINED), entry("json", Format.JSON));

    private AccessLogReader() {}

    static AccessLogConfig read(Section accessLog, FilePaths paths) {
        ValueType<Output> output = ValueType.ofText(
                "off, stdout, or file:PATH such as file:/var/log/proxyd/access.log", text -> output(text, paths));
        return new AccessLogConfig(accessLog.read("output", output), accessLog.read("format", FORMAT));
    }

    private static Output output(String text, FilePaths paths) {
        if (text.equals("stdout")) {
            return new Output.Stdout();
        }
        // Other versions of YAML turn off into false, so that is what some write.
        if (text.equals("off") || text.equals("false")) {
            return new Output.Off();
        }
        if (text.startsWith(FILE)) {
            return new Output.File(paths.parse(text.substring(FILE.length())));
        }
        if (text.startsWith("/")) {
            throw BadValue.expecting(FILE + text, "does not say that it is a file");
        }
        throw new BadValue("is not a place for a log");
    }
}
