package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.ResponseHead;

/**
 * Reads response heads (RFC 9112 sections 4 and 5) as strictly as requests are read: a backend that frames in two ways is
 * answered for with a 502. One per upstream connection, on its event loop.
 */
final class ResponseHeadParser {
    private static final int STEP_BYTES = 4096;
    private static final int MAX_HEAD_BYTES = 64 * 1024;
    private static final int MAX_FIELDS = 256;
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.'};

    private int line;
    private boolean startLineRead;

    /** Makes ready for the next head. */
    void reset() {
        line = 0;
        startLineRead = false;
    }

    /**
     * Moves bytes of the head from {@code in} to {@code head}.
     *
     * @param in borrowed; read up to the end of the head, or wholly if the head is not complete
     * @param request the method that is answered, which decides whether there is a body
     * @return whether the head is complete
     * @throws Refusal of kind BAD_RESPONSE if it is not strictly right
     */
    boolean parse(ResponseHead head, ByteBuf in, Method request) {
        try {
            return read(head, in, request);
        } catch (Refusal e) {
            throw new Refusal(FailureKind.BAD_RESPONSE, e.detail());
        }
    }

    private boolean read(ResponseHead head, ByteBuf in, Method request) {
        while (in.isReadable()) {
            int had = head.length();
            int step = Math.min(in.readableBytes(), STEP_BYTES);
            byte[] bytes = head.reserve(step);
            in.getBytes(in.readerIndex(), bytes, had, step);
            int end = scan(head, bytes, had + step);
            if (end >= 0) {
                in.skipBytes(end - had);
                head.length(end);
                ConnectionField.apply(head);
                frame(head, request);
                return true;
            }
            if (had + step > MAX_HEAD_BYTES) {
                throw FieldLine.bad("response head longer than " + MAX_HEAD_BYTES + " bytes");
            }
            in.skipBytes(step);
            head.length(had + step);
        }
        return false;
    }

    private int scan(ResponseHead head, byte[] bytes, int end) {
        if (!startLineRead && !statusLine(head, bytes, end)) {
            return -1;
        }
        while (line < end) {
            if (bytes[line] == '\r') {
                return FieldLine.lineEnd(bytes, line, end);
            }
            if (head.fieldCount() == MAX_FIELDS) {
                throw FieldLine.bad("more than " + MAX_FIELDS + " fields");
            }
            int next = FieldLine.read(head, bytes, line, end);
            if (next < 0) {
                return -1;
            }
            line = next;
        }
        return -1;
    }

    private boolean statusLine(ResponseHead head, byte[] bytes, int end) {
        for (int i = 0; i < VERSION.length && i < end; i++) {
            if (bytes[i] != VERSION[i]) {
                throw FieldLine.bad("response does not start with HTTP/1.");
            }
        }
        int status = VERSION.length + 2;
        if (end < status + 4) {
            return false;
        }
        int minor = bytes[VERSION.length] - '0';
        if (minor < 0 || minor > 1 || bytes[status - 1] != ' ') {
            throw FieldLine.bad("malformed HTTP version in the status line");
        }
        int code = digit(bytes[status]) * 100 + digit(bytes[status + 1]) * 10 + digit(bytes[status + 2]);
        if (code < 100 || code > 599) {
            throw FieldLine.bad("status " + code + "; expected 100 to 599");
        }
        int reason = status + 3;
        if (bytes[reason] == ' ') {
            reason++;
        } else if (bytes[reason] != '\r') { // the space is often left out with an empty reason
            throw FieldLine.bad("byte " + FieldLine.hex(bytes[reason]) + " after the status");
        }
        int i = reason;
        while (i < end && FieldLine.mayStandInValue(bytes[i])) {
            i++;
        }
        int next = FieldLine.lineEnd(bytes, i, end);
        if (next < 0) {
            return false;
        }
        head.minorVersion(minor);
        head.status(code, reason, i);
        line = next;
        startLineRead = true;
        return true;
    }

    private static int digit(byte b) {
        if (b < '0' || b > '9') {
            throw FieldLine.bad("byte " + FieldLine.hex(b) + " in the status");
        }
        return b - '0';
    }

    /** RFC 9112 section 6.3. */
    private static void frame(ResponseHead head, Method request) {
        boolean coded = head.has(Field.TRANSFER_ENCODING);
        boolean sized = head.has(Field.CONTENT_LENGTH);
        if (coded && sized) {
            throw FieldLine.bad("Transfer-Encoding together with Content-Length");
        }
        long length = sized ? BodyLength.contentLength(head) : -1;
        if (coded) {
            if (head.minorVersion() == 0) {
                throw FieldLine.bad("Transfer-Encoding in HTTP/1.0");
            }
            BodyLength.chunked(head);
        }
        int status = head.status();
        if (status == SWITCHING_PROTOCOLS) {
            head.framing(Framing.UNTIL_CLOSE, -1);
            head.keepAlive(false);
        } else if (request == Method.HEAD || status < 200 || status == 204 || status == 304) {
            head.framing(Framing.NONE, length);
            if (status == 204 && (coded || length > 0)) {
                head.keepAlive(false); // it may mean to send a body, which would be taken for the next response
            }
        } else if (coded) {
            head.framing(Framing.CHUNKED, -1);
        } else if (sized) {
            head.framing(length == 0 ? Framing.NONE : Framing.LENGTH, length);
        } else {
            head.framing(Framing.UNTIL_CLOSE, -1);
            head.keepAlive(false);
        }
    }
}
