package io.proxyd.proxy.http1;

import io.proxyd.proxy.http1.PlainMessage.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A second reader of HTTP/1.1, as slow and plain as possible: it has the whole stream before it and matches it against the grammar
 * of RFC 9112. It knows no message that can be read in two ways. It shares no code with what it judges.
 */
final class PlainReader {
    private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    private static final String FIELD_LINE = "(?:" + TOKEN + ":[\\t\\x20-\\x7E\\x80-\\xFF]*\\r\\n)";
    private static final Pattern REQUEST_HEAD =
            Pattern.compile("(?:\\r\\n)?(" + TOKEN + ") ([!-~]+) HTTP/1\\.([01])\\r\\n(" + FIELD_LINE + "*+)\\r\\n");
    private static final Pattern RESPONSE_HEAD = Pattern.compile(
            "HTTP/1\\.([01]) ([1-5][0-9]{2})(?: ([\\t\\x20-\\x7E\\x80-\\xFF]*))?\\r\\n(" + FIELD_LINE + "*+)\\r\\n");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    private final String stream;
    private int at;

    PlainReader(String stream) {
        this.stream = stream;
    }

    /** What was not read. */
    String rest() {
        return stream.substring(at);
    }

    /** The next request; null if there is no whole and unambiguous one. */
    @Nullable PlainMessage request() {
        Matcher head = REQUEST_HEAD.matcher(stream).region(at, stream.length());
        if (!head.lookingAt()) {
            return null;
        }
        String start = head.group(1) + " " + head.group(2) + " " + head.group(3);
        return message(start, lines(head.group(4)), head.group(3).equals("0"), head.end(), "");
    }

    /**
     * The next response, interim ones too; null if there is no whole and unambiguous one.
     *
     * @param method of the request that it answers
     */
    @Nullable PlainMessage response(String method) {
        Matcher head = RESPONSE_HEAD.matcher(stream).region(at, stream.length());
        if (!head.lookingAt()) {
            return null;
        }
        String status = head.group(2);
        boolean bodiless =
                method.equals("HEAD") || status.startsWith("1") || status.equals("204") || status.equals("304");
        String start = status + " " + (head.group(3) == null ? "" : head.group(3));
        String untilClose = stream.substring(head.end());
        return message(
                start, lines(head.group(4)), head.group(1).equals("0"), head.end(), bodiless ? null : untilClose);
    }

    /** @param unframed the body where no field frames one; null where there is none, whatever the fields say */
    private @Nullable PlainMessage message(
            String start, List<Line> fields, boolean old, int end, @Nullable String unframed) {
        PlainMessage head = new PlainMessage(start, fields, "", List.of());
        List<String> lengths = head.all("Content-Length");
        List<String> codings = head.all("Transfer-Encoding");
        boolean lengthsFit = lengths.isEmpty()
                || (lengths.size() == 1 && LENGTH.matcher(lengths.get(0)).matches());
        boolean codingsFit = codings.isEmpty()
                || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked") && !old && lengths.isEmpty());
        if (!lengthsFit || !codingsFit) {
            return null;
        }
        if (unframed == null) {
            at = end;
            return head;
        }
        if (!codings.isEmpty()) {
            return chunked(head, end);
        }
        long length = lengths.isEmpty() ? unframed.length() : Long.parseLong(lengths.get(0));
        if (length > stream.length() - end) {
            return null;
        }
        at = end + (int) length;
        return new PlainMessage(start, fields, stream.substring(end, at), List.of());
    }

    private @Nullable PlainMessage chunked(PlainMessage head, int start) {
        Chunks.Plain body = Chunks.plainly(stream.substring(start));
        if (body == null) {
            return null;
        }
        at = stream.length() - body.result().left();
        return new PlainMessage(head.start(), head.fields(), body.result().body(), lines(body.trailers()));
    }

    private static List<Line> lines(String section) {
        List<Line> lines = new ArrayList<>();
        for (String line : section.split("\r\n")) {
            if (!line.isEmpty()) {
                int colon = line.indexOf(':');
                lines.add(new Line(line.substring(0, colon), trimmed(line.substring(colon + 1))));
            }
        }
        return lines;
    }

    /** Without the white space that RFC 9110 section 5.6.3 allows, which is not all that {@link String#strip} takes. */
    static String trimmed(String value) {
        return value.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }
}
