package io.proxyd.proxy.telemetry;

import io.proxyd.config.AccessLogConfig;
import io.proxyd.config.AccessLogConfig.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where lines go and what they look like. Confined to the access log's thread once it was handed there. */
final class AccessLogOutput {
    private final String name;
    private final LineFormat format;
    private final OutputStream stream;
    private final boolean owned;

    private AccessLogOutput(String name, LineFormat format, OutputStream stream, boolean owned) {
        this.name = name;
        this.format = format;
        this.stream = stream;
        this.owned = owned;
    }

    /**
     * Opens what the configuration names; a file is created where it does not exist, its folder is not.
     *
     * @param stdout borrowed, never closed
     * @throws AccessLogException if the file cannot be opened for writing
     */
    static AccessLogOutput open(AccessLogConfig config, OutputStream stdout) {
        LineFormat format =
                switch (config.format()) {
                    case COMBINED -> new CombinedFormat();
                    case JSON -> new JsonFormat();
                };
        if (config.output() instanceof Output.File file) {
            return new AccessLogOutput(file.path().toString(), format, openFile(file.path()), true);
        }
        if (config.output() instanceof Output.Stdout) {
            return new AccessLogOutput("standard output", format, stdout, false);
        }
        return new AccessLogOutput("nothing", format, OutputStream.nullOutputStream(), false);
    }

    private static OutputStream openFile(Path path) {
        try {
            return Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new AccessLogException("access log " + path + " cannot be opened: " + reason(path, e), e);
        }
    }

    private static String reason(Path path, IOException e) {
        if (e instanceof NoSuchFileException) {
            return "the folder " + path.toAbsolutePath().getParent() + " does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String message = e.getMessage();
        return message == null ? e.toString() : message.replaceFirst("^\\Q" + path + "\\E: ", "");
    }

    LineFormat format() {
        return format;
    }

    /** Writes whole lines of ASCII and flushes them. */
    void write(CharSequence lines) throws IOException {
        stream.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
        stream.flush();
    }

    void close() throws IOException {
        if (owned) {
            stream.close();
        }
    }

    /** The path, for messages. */
    @Override
    public String toString() {
        return name;
    }
}
