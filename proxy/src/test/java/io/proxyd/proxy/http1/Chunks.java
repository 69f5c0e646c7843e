package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/** Bodies read by {@link BodyReader}, and chunked ones by a slow and plain reading of RFC 9112 section 7.1. */
final class Chunks {
    private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    private static final String TEXT = "[\\t\\x20-\\x7E\\x80-\\xFF]";
    private static final String QUOTED = "\"(?:[\\t\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E\\x80-\\xFF]|\\\\" + TEXT + ")*\"";
    private static final String BWS = "[\\t ]*";
    private static final String EXTENSION =
            BWS + ";" + BWS + TOKEN + "(?:" + BWS + "=" + BWS + "(?:" + TOKEN + "|" + QUOTED + "))?";
    private static final Pattern SIZE = Pattern.compile(
            "((?=[0-9A-Fa-f]{1,16}(?![0-9A-Fa-f]))0*[0-9A-Fa-f]{1,15})((?:(?:" + EXTENSION + ")+" + BWS + ")?)\\r\\n");
    private static final Pattern TRAILER = Pattern.compile("(" + TOKEN + "):" + TEXT + "*\\r\\n");
    private static final Pattern BARRED = Pattern.compile(
            "(?i)x[_-]forwarded.*|(?:authentication-info|forwarded|host|via|x-re(?:al-ip|quest-id))"
                    + "|(?:proxy-|www-)?auth(?:orization|enticate)|(?:proxy-)?connection|keep-alive|te|trailer|upgrade|expect"
                    + "|content-(?:encoding|length|range|type)|transfer-encoding|http2-settings|max-forwards"
                    + "|(?:set-)?cookie|if-(?:range|match|none-match|(?:un)?modified-since)|range|age|cache-control|pragma|location|vary");

    /** What came of reading: the body read, how many bytes were left, and whether it ended or was refused. */
    record Result(String body, int left, String end) {}

    /** A body with what is to be passed of it, all but extensions and barred trailers, and with the trailers that are. */
    record Plain(Result result, String passed, String trailers) {}

    private Chunks() {}

    /** Reads a chunked body that arrives in pieces. */
    static Result read(boolean raw, byte[] input, int... cuts) {
        BodyReader reader = new BodyReader();
        RequestHead head = new RequestHead();
        head.clear();
        head.framing(Framing.CHUNKED, -1);
        reader.begin(head);
        reader.raw(raw);
        return read(reader, input, cuts);
    }

    static Result read(BodyReader reader, byte[] input, int... cuts) {
        StringBuilder body = new StringBuilder();
        int start = 0;
        for (int k = 0; k <= cuts.length; k++) {
            int end = k < cuts.length ? cuts[k] : input.length;
            ByteBuf in = Unpooled.wrappedBuffer(input, start, end - start);
            try {
                ByteBuf part;
                while ((part = reader.read(in)) != null) {
                    Assertions.assertThat(part.isReadable())
                            .as("a part has content")
                            .isTrue();
                    body.append(part.toString(StandardCharsets.ISO_8859_1));
                    part.release();
                }
                if (reader.ended()) {
                    return new Result(body.toString(), input.length - end + in.readableBytes(), "ended");
                }
                Assertions.assertThat(in.isReadable()).as("all was taken").isFalse();
            } catch (Refusal e) {
                return new Result("", -1, "refused " + e.kind());
            } finally {
                Assertions.assertThat(in.refCnt()).as("every part was released").isEqualTo(1);
                in.release();
            }
            start = end;
        }
        return new Result(body.toString(), 0, "open");
    }

    /** The result for a whole chunked body within the limits on extensions and trailers; null if it is not one. */
    static @Nullable Plain plainly(String input) {
        StringBuilder body = new StringBuilder();
        StringBuilder passed = new StringBuilder();
        StringBuilder trailers = new StringBuilder();
        int at = 0;
        while (true) {
            Matcher size = SIZE.matcher(input).region(at, input.length());
            if (!size.lookingAt()) {
                return null;
            }
            at = size.end();
            passed.append(size.group(1)).append("\r\n");
            long length = Long.parseLong(size.group(1), 16);
            if (length == 0) {
                break;
            }
            if (length > input.length() - at - 2 || !input.startsWith("\r\n", (int) (at + length))) {
                return null;
            }
            body.append(input, at, (int) (at + length));
            passed.append(input, at, (int) (at + length + 2));
            at += (int) length + 2;
        }
        while (!input.startsWith("\r\n", at)) {
            Matcher trailer = TRAILER.matcher(input).region(at, input.length());
            if (!trailer.lookingAt()) {
                return null;
            }
            if (!BARRED.matcher(trailer.group(1).replace('_', '-')).matches()) {
                trailers.append(trailer.group());
            }
            at = trailer.end();
        }
        passed.append(trailers).append("\r\n");
        Result result = new Result(body.toString(), input.length() - at - 2, "ended");
        return new Plain(result, passed.toString(), trailers.toString());
    }
}
