package io.proxyd.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the text of a configuration file, or says why that is not possible. */
final class ConfigFile {
    static final int MAX_BYTES = 1 << 20;

    private ConfigFile() {}

    static String read(Path file, Problems problems) {
        if (Files.isDirectory(file)) {
            throw problems.fatal(0, "is a folder; expected a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw problems.fatal(
                        0, "is larger than " + SizeText.format(MAX_BYTES) + "; expected a configuration of proxyd");
            }
            return decode(bytes, problems);
        } catch (NoSuchFileException e) {
            throw problems.fatal(0, "no such file; expected a configuration there");
        } catch (AccessDeniedException e) {
            throw problems.fatal(0, "cannot be read by user " + userName() + "; expected the permission to");
        } catch (IOException e) {
            throw problems.fatal(0, "cannot be read: " + e.getMessage());
        }
    }

    private static String userName() {
        return Quoted.text(System.getProperty("user.name", "?"));
    }

    private static String decode(byte[] bytes, Problems problems) {
        CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = utf8.decode(in, out, true);
        if (result.isError()) {
            throw problems.fatal(
                    lineOf(bytes, in.position()),
                    String.format("byte 0x%02X is not part of UTF-8 text; expected UTF-8", bytes[in.position()]));
        }
        return out.flip().toString();
    }

    private static int lineOf(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            if (bytes[i] == '\n') {
                line++;
            }
        }
        return line;
    }
}
