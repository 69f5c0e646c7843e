package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.proxyd.config.ListenerConfig;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;

/**
 * Reads request heads (RFC 9112 sections 3 and 5) in one pass over the received bytes, however they are split. Strict:
 * what two parsers could read in two ways is refused. One per connection, on its event loop.
 */
public final class RequestHeadParser {
    /** Most bytes copied from a read before they are looked at; a body behind the head is not copied beyond that. */
    private static final int STEP_BYTES = 4096;

    private static final int VERSION_BYTES = 8;

    private final ListenerConfig.Limits limits;
    private int line;
    private boolean startLineRead;
    private boolean emptyLineSkipped;
    private int targetStart;
    private int targetEnd;

    public RequestHeadParser(ListenerConfig.Limits limits) {
        this.limits = limits;
    }

    /** Makes ready for the next head. */
    public void reset() {
        line = 0;
        startLineRead = false;
        emptyLineSkipped = false;
    }

    /**
     * Moves bytes of the head from {@code in} to {@code head}.
     *
     * @param in borrowed; read up to the end of the head, or wholly if the head is not complete
     * @return whether the head is complete
     * @throws Refusal if it is not strictly right, or longer than the limits
     */
    public boolean parse(RequestHead head, ByteBuf in) {
        while (in.isReadable()) {
            int had = head.length();
            int step = Math.min(in.readableBytes(), STEP_BYTES);
            byte[] bytes = head.reserve(step);
            in.getBytes(in.readerIndex(), bytes, had, step);
            int end = scan(head, bytes, had + step);
            checkLength(end < 0 ? had + step : end);
            if (end >= 0) {
                in.skipBytes(end - had);
                head.length(end);
                RequestTarget.resolve(head, targetStart, targetEnd);
                RequestRules.apply(head);
                return true;
            }
            in.skipBytes(step);
            head.length(had + step);
        }
        return false;
    }

    private int scan(RequestHead head, byte[] bytes, int end) {
        if (!startLineRead && !startLine(head, bytes, end)) {
            return -1;
        }
        while (line < end) {
            if (bytes[line] == '\r') {
                return FieldLine.lineEnd(bytes, line, end);
            }
            if (head.fieldCount() == limits.headerFields()) {
                throw new Refusal(FailureKind.HEAD_TOO_LARGE, "more than " + limits.headerFields() + " fields");
            }
            int next = FieldLine.read(head, bytes, line, end);
            if (next < 0) {
                return -1;
            }
            line = next;
        }
        return -1;
    }

    private boolean startLine(RequestHead head, byte[] bytes, int end) {
        if (line < end && bytes[line] == '\r' && !emptyLineSkipped) {
            int next = FieldLine.lineEnd(bytes, line, end);
            if (next < 0) {
                return false;
            }
            line = next; // RFC 9112 section 2.2: one empty line before a request is ignored
            emptyLineSkipped = true;
        }
        int i = line;
        while (i < end && Field.tokenByte(bytes[i]) != 0) {
            i++;
        }
        if (i == end) {
            return false;
        }
        if (bytes[i] != ' ' || i == line) {
            throw FieldLine.bad("byte " + FieldLine.hex(bytes[i]) + " in the method");
        }
        int methodEnd = i++;
        targetStart = i;
        while (i < end && bytes[i] > ' ' && bytes[i] != 0x7F) {
            i++;
        }
        if (i - targetStart > limits.requestTargetBytes()) {
            throw new Refusal(
                    FailureKind.TARGET_TOO_LONG,
                    "request target longer than " + limits.requestTargetBytes() + " bytes");
        }
        if (i == end) {
            return false;
        }
        if (bytes[i] != ' ' || i == targetStart) {
            throw FieldLine.bad("byte " + FieldLine.hex(bytes[i]) + " in the request target");
        }
        targetEnd = i++;
        if (end - i < VERSION_BYTES + 2) {
            return versionCannotBe(bytes, i, end);
        }
        version(head, bytes, i);
        head.method(Method.of(bytes, line, methodEnd), line, methodEnd);
        line = FieldLine.lineEnd(bytes, i + VERSION_BYTES, end);
        startLineRead = true;
        return true;
    }

    /** An incomplete version: false to wait for more, unless the line already ended. */
    private static boolean versionCannotBe(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] == '\n') {
                throw FieldLine.bad("no HTTP version in the request line");
            }
        }
        return false;
    }

    private static void version(RequestHead head, byte[] bytes, int i) {
        boolean shape = bytes[i] == 'H'
                && bytes[i + 1] == 'T'
                && bytes[i + 2] == 'T'
                && bytes[i + 3] == 'P'
                && bytes[i + 4] == '/'
                && isDigit(bytes[i + 5])
                && bytes[i + 6] == '.'
                && isDigit(bytes[i + 7])
                && bytes[i + 8] == '\r';
        if (!shape) {
            throw FieldLine.bad("malformed HTTP version in the request line");
        }
        int minor = bytes[i + 7] - '0';
        if (bytes[i + 5] != '1' || minor > 1) {
            throw new Refusal(
                    FailureKind.VERSION_UNSUPPORTED,
                    "HTTP/" + (char) bytes[i + 5] + "." + minor + "; expected HTTP/1.1 or HTTP/1.0");
        }
        head.minorVersion(minor);
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private void checkLength(int length) {
        if (length > limits.headBytes()) {
            throw new Refusal(FailureKind.HEAD_TOO_LARGE, "request head longer than " + limits.headBytes() + " bytes");
        }
    }
}
