package io.proxyd.proxy.story;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request or a response whose body has a length, read and written the plain way.
 *
 * @param fields by lower-case name
 */
record Message(String startLine, Map<String, String> fields, String body) {
    private static final String CRLF = "\r\n";

    /** Reads one; null if the stream ends before its first byte. */
    static @Nullable Message read(InputStream in) throws IOException {
        String startLine = line(in, true);
        if (startLine == null) {
            return null;
        }
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(in, false); line != null && !line.isEmpty(); line = line(in, false)) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(fields.getOrDefault("content-length", "0"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
        }
        return new Message(startLine, fields, new String(body, StandardCharsets.ISO_8859_1));
    }

    byte[] bytes() {
        StringBuilder text = new StringBuilder(startLine).append(CRLF);
        fields.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append(CRLF));
        if (!body.isEmpty()) {
            text.append("content-length: ").append(body.length()).append(CRLF);
        }
        return text.append(CRLF).append(body).toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The word at this place of the start line. */
    String word(int index) {
        return startLine.split(" ", 3)[index];
    }

    int status() {
        return Integer.parseInt(word(1));
    }

    boolean endsConnection() {
        return fields.getOrDefault("connection", "").contains("close");
    }

    private static @Nullable String line(InputStream in, boolean mayEnd) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0 && mayEnd && line.isEmpty()) {
                return null;
            }
            if (b < 0) {
                throw new EOFException("the head ended after: " + line);
            }
            line.append((char) b);
        }
        line.setLength(line.length() - 1);
        return line.toString();
    }
}
