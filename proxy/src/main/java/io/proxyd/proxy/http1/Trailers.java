package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import java.util.Locale;
import java.util.Set;

/**
 * The trailer section of one chunked body (RFC 9112 section 7.1.2), kept until it is whole. Fields that would change how the
 * message is framed, routed, authenticated or understood may not stand there (RFC 9110 section 6.5.1); they are left out, so that
 * no backend that merges trailers into the head takes them for real.
 */
final class Trailers {
    private static final int MAX_BYTES = 32 * 1024;
    private static final int MAX_FIELDS = 128;
    private static final byte[] END = {'\r', '\n'};

    private static final String BARRED_START = "x-forwarded";
    private static final Set<String> BARRED = Set.of(
            "age",
            "authentication-info",
            "authorization",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "content-range",
            "content-type",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "http2-settings",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "keep-alive",
            "location",
            "max-forwards",
            "pragma",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "range",
            "set-cookie",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "vary",
            "via",
            "www-authenticate",
            "x-real-ip",
            "x-request-id");

    private final RequestHead block = new RequestHead();
    private int line;

    Trailers() {
        block.clear();
    }

    /** Takes bytes up to the empty line; whether it was reached. Borrows {@code in}. */
    boolean read(ByteBuf in) {
        while (in.isReadable()) {
            byte b = in.readByte();
            int end = block.length();
            block.reserve(1)[end++] = b;
            block.length(end);
            if (b == '\n' && lineEnds(end)) {
                return true;
            }
            if (end > MAX_BYTES) {
                throw tooLarge("trailers longer than " + MAX_BYTES + " bytes");
            }
        }
        return false;
    }

    /** Those that pass, with the empty line; owned by the caller. */
    ByteBuf passed(ByteBufAllocator allocator) {
        HeadBuffer out = new HeadBuffer();
        FieldCopy.copy(block, Field.mask(Field.NOMINATED), out);
        return out.append(END).toBuffer(allocator, 0);
    }

    private boolean lineEnds(int end) {
        byte[] bytes = block.bytes();
        if (bytes[line] == '\r') {
            return FieldLine.lineEnd(bytes, line, end) == end;
        }
        int next = FieldLine.read(block, bytes, line, end);
        int added = block.fieldCount() - 1;
        if (next != end) {
            throw FieldLine.bad("malformed trailers");
        }
        if (added == MAX_FIELDS) {
            throw tooLarge("more than " + MAX_FIELDS + " trailers");
        }
        if (block.field(added) == Field.LOOK_ALIKE || barred(block.text(line, block.nameEnd(added)))) {
            block.nominate(added);
        }
        line = next;
        return false;
    }

    /** An underscore counts as a hyphen, as many backends take one for the other. */
    private static boolean barred(String name) {
        String read = name.toLowerCase(Locale.ROOT).replace('_', '-');
        return BARRED.contains(read) || read.startsWith(BARRED_START);
    }

    private static Refusal tooLarge(String detail) {
        return new Refusal(FailureKind.HEAD_TOO_LARGE, detail);
    }
}
