package io.proxyd.proxy.http1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A whole message as text, one char a byte, in a form that any reader can bring it to.
 *
 * @param start {@code METHOD TARGET MINOR} of a request, {@code STATUS REASON} of a response
 * @param body its content, without chunk framing
 */
record PlainMessage(String start, List<Line> fields, String body, List<Line> trailers) {
    /** One field line; the value is without white space around it. */
    record Line(String name, String value) {}

    /** Fields that a proxy may drop, set or replace. */
    private static final Set<String> OF_THE_HOP = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "upgrade",
            "expect",
            "http2-settings",
            "max-forwards",
            "forwarded",
            "x-real-ip",
            "x-request-id",
            "date");

    private static final Set<String> LOOK_ALIKES =
            Set.of("content-length", "transfer-encoding", "x-real-ip", "x-request-id");

    String method() {
        return start.substring(0, start.indexOf(' '));
    }

    String target() {
        return start.split(" ", 3)[1];
    }

    List<String> all(String name) {
        return fields.stream()
                .filter(f -> f.name().equalsIgnoreCase(name))
                .map(Line::value)
                .toList();
    }

    /** The fields that must reach the other side untouched and in order. */
    List<Line> endToEnd() {
        List<String> nominated = new ArrayList<>();
        all("connection").forEach(value -> {
            for (String token : value.split(",")) {
                nominated.add(token.strip().toLowerCase(Locale.ROOT));
            }
        });
        return fields.stream()
                .filter(f -> !ofTheHop(f.name()) && !nominated.contains(f.name().toLowerCase(Locale.ROOT)))
                .toList();
    }

    /** For comparing with a reader that takes more for white space than the RFC does. */
    PlainMessage stripped() {
        return new PlainMessage(start.replaceAll("[ \\t]+", " ").strip(), stripped(fields), body, stripped(trailers));
    }

    private static List<Line> stripped(List<Line> lines) {
        return lines.stream().map(l -> new Line(l.name(), l.value().strip())).toList();
    }

    private static boolean ofTheHop(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String read = lower.replaceAll("[^a-z0-9]", "-");
        return OF_THE_HOP.contains(lower)
                || read.startsWith("x-forwarded")
                || (!read.equals(lower) && LOOK_ALIKES.contains(read));
    }
}
