package io.proxyd.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the HTML files that a configuration names, so that a page that cannot be sent is found before it is needed. */
final class PageText {
    private static final int MAX_BYTES = 256 * 1024;
    private static final String EXPECTED = "the path of an HTML file of UTF-8 text, at most 256KiB long";

    private PageText() {}

    /** @param paths where relative paths start */
    static ValueType<FallbackConfig.Page> type(FilePaths paths) {
        return ValueType.ofText(EXPECTED, text -> read(paths.parse(text)));
    }

    private static FallbackConfig.Page read(Path file) {
        if (!Files.exists(file)) {
            throw new BadValue("does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new BadValue("is not a file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            throw new BadValue("cannot be read (" + e.getMessage() + ")");
        }
        if (bytes.length > MAX_BYTES) {
            throw new BadValue("is too long");
        }
        try {
            return new FallbackConfig.Page(
                    file,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            throw new BadValue("is not UTF-8 text");
        }
    }
}
