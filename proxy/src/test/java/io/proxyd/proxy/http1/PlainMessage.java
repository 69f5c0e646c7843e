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

    /** Fields that a proxy may drop, set or replace; a name that has an underscore for a hyphen counts as the same. */
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
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-request-id",
            "date");

    private static final Set<String> KNOWN_TO_PROXYD_BESIDES =
            Set.of("trailer", "user-agent", "referer", "proxy-authenticate", "proxy-authorization");

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
        String hyphened = lower.replace('_', '-');
        return OF_THE_HOP.contains(hyphened) || (!lower.equals(hyphened) && KNOWN_TO_PROXYD_BESIDES.contains(hyphened));
    }
}
