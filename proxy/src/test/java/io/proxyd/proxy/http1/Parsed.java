package io.proxyd.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What a parser makes of some bytes, as one text, so that two runs can be compared. */
final class Parsed {
    static final ListenerConfig.Limits LIMITS = new ListenerConfig.Limits(8 * 1024, 32 * 1024, 100);
    static final String INCOMPLETE = "incomplete";

    private Parsed() {}

    /** Of a request that arrives in pieces, cut at the given offsets. */
    static String request(byte[] input, int... cuts) {
        RequestHeadParser parser = new RequestHeadParser(LIMITS);
        RequestHead head = new RequestHead();
        head.clear();
        return request(parser, head, input, cuts);
    }

    static String request(RequestHeadParser parser, RequestHead head, byte[] input, int... cuts) {
        return read(in -> parser.parse(head, in), () -> describe(head), input, cuts);
    }

    /** Of a response to {@code method} that arrives in pieces. */
    static String response(Method method, byte[] input, int... cuts) {
        ResponseHeadParser parser = new ResponseHeadParser();
        ResponseHead head = new ResponseHead();
        head.clear();
        return response(parser, head, method, input, cuts);
    }

    static String response(ResponseHeadParser parser, ResponseHead head, Method method, byte[] input, int... cuts) {
        return read(in -> parser.parse(head, in, method), () -> describe(head), input, cuts);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String read(Predicate<ByteBuf> parser, Supplier<String> description, byte[] input, int... cuts) {
        int start = 0;
        for (int k = 0; k <= cuts.length; k++) {
            int end = k < cuts.length ? cuts[k] : input.length;
            ByteBuf in = Unpooled.wrappedBuffer(input, start, end - start);
            try {
                if (parser.test(in)) {
                    return description.get() + " then " + (input.length - end + in.readableBytes()) + " bytes";
                }
                assertThat(in.isReadable()).as("an incomplete head takes all").isFalse();
            } catch (Refusal e) {
                return "refused " + e.kind();
            } finally {
                assertThat(in.refCnt()).as("the input is only borrowed").isEqualTo(1);
                in.release();
            }
            start = end;
        }
        return INCOMPLETE;
    }

    static String describe(RequestHead head) {
        String path = new String(
                head.target(), head.targetStart(), head.pathEnd() - head.targetStart(), StandardCharsets.ISO_8859_1);
        String host = head.text(head.authorityStart(), head.hostEnd());
        return head.methodText() + "(" + head.method() + ") " + head.targetText() + " path " + path + " host " + host
                + " of " + head.authorityText() + (head.expectContinue() ? " expects 100" : "") + common(head);
    }

    static String describe(ResponseHead head) {
        return head.status() + " '" + head.text(head.reasonStart(), head.reasonEnd()) + "'" + common(head);
    }

    private static String common(Head head) {
        StringBuilder text = new StringBuilder(" 1." + head.minorVersion());
        text.append(head.keepAlive() ? " keep-alive " : " close ").append(head.framing());
        text.append(' ').append(head.contentLength());
        for (int i = 0; i < head.fieldCount(); i++) {
            text.append(" [")
                    .append(head.text(head.nameStart(i), head.nameEnd(i)))
                    .append('=');
            text.append(head.text(head.valueStart(i), head.valueEnd(i))).append(']');
            text.append(head.field(i) == Field.OTHER ? "" : head.field(i));
        }
        return text.toString();
    }
}
