package io.proxyd.proxy.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The head of a message as it stood on the wire, or trailers, which have an empty start line. */
record MessageHead(String startLine, List<FieldText> fields) {
    /** One field line. */
    record FieldText(String name, String value) {}

    /** Reads lines that end in CR LF; anything else in them is left as it is. */
    static MessageHead of(String startLine, List<String> fieldLines) {
        List<FieldText> fields = new ArrayList<>();
        for (String line : fieldLines) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                throw new AssertionError("a field line without a colon: " + line);
            }
            fields.add(new FieldText(
                    line.substring(0, colon), line.substring(colon + 1).strip()));
        }
        return new MessageHead(startLine, List.copyOf(fields));
    }

    /** All values of a field, whatever the case of its name. */
    List<String> all(String name) {
        return fields.stream()
                .filter(f -> f.name().equalsIgnoreCase(name))
                .map(FieldText::value)
                .toList();
    }

    boolean has(String name) {
        return !all(name).isEmpty();
    }

    /** The value of a field that must be there once. */
    String only(String name) {
        List<String> values = all(name);
        if (values.size() != 1) {
            throw new AssertionError(name + " stands " + values.size() + " times in " + this);
        }
        return values.get(0);
    }

    boolean chunked() {
        return all("Transfer-Encoding").stream()
                .anyMatch(v -> v.toLowerCase(Locale.ROOT).endsWith("chunked"));
    }

    String method() {
        return startLine.substring(0, startLine.indexOf(' '));
    }

    String target() {
        return startLine.split(" ", 3)[1];
    }

    int status() {
        return Integer.parseInt(startLine.split(" ", 3)[1]);
    }
}
