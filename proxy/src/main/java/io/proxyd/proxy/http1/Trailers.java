package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
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

    /** Those that proxyd knows by number: all that it drops from or sets in heads. */
    private static final int BARRED = FieldCopy.HOP_BY_HOP
            | Field.mask(
                    Field.HOST,
                    Field.TRAILER,
                    Field.EXPECT,
                    Field.X_FORWARDED_FOR,
                    Field.X_FORWARDED_PROTO,
                    Field.X_FORWARDED_HOST,
                    Field.X_FORWARDED_OTHER,
                    Field.X_REAL_IP,
                    Field.X_REQUEST_ID,
                    Field.FORWARDED,
                    Field.LOOK_ALIKE,
                    Field.MAX_FORWARDS,
                    Field.PROXY_AUTHENTICATE,
                    Field.PROXY_AUTHORIZATION);

    private static final Set<String> BARRED_NAMES = Set.of(
            "age",
            "authentication-info",
            "authorization",
            "cache-control",
            "content-encoding",
            "content-range",
            "content-type",
            "cookie",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "location",
            "pragma",
            "range",
            "set-cookie",
            "vary",
            "via",
            "www-authenticate");

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
        FieldCopy.copy(block, BARRED, out);
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
        String name = new String(bytes, line, block.nameEnd(added) - line, StandardCharsets.ISO_8859_1);
        if (BARRED_NAMES.contains(name.toLowerCase(Locale.ROOT).replace('_', '-'))) {
            block.nominate(added);
        }
        line = next;
        return false;
    }

    private static Refusal tooLarge(String detail) {
        return new Refusal(FailureKind.HEAD_TOO_LARGE, detail);
    }
}
