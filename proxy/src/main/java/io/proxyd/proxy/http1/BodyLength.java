package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import io.proxyd.proxy.http.Refusal;
import java.nio.charset.StandardCharsets;

/** The two fields that frame a body (RFC 9112 sections 6.1 and 6.2), each allowed once and in one spelling. */
final class BodyLength {
    private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_DIGITS = 18;

    private BodyLength() {}

    /** The value of the only Content-Length field, in bytes. */
    static long contentLength(Head head) {
        return number(head, Field.CONTENT_LENGTH, "Content-Length");
    }

    /** The value of the only field of that name, which is made of digits alone. */
    static long number(Head head, int field, String name) {
        int i = only(head, field, name);
        byte[] bytes = head.bytes();
        int start = head.valueStart(i);
        int end = head.valueEnd(i);
        if (start == end || end - start > MAX_DIGITS) {
            throw FieldLine.bad(name + " is not a number of 1 to " + MAX_DIGITS + " digits");
        }
        long length = 0;
        for (int k = start; k < end; k++) {
            if (bytes[k] < '0' || bytes[k] > '9') {
                throw FieldLine.bad(name + " is not a number");
            }
            length = length * 10 + bytes[k] - '0';
        }
        return length;
    }

    /** Checks that the only Transfer-Encoding is {@code chunked}. */
    static void chunked(Head head) {
        int i = only(head, Field.TRANSFER_ENCODING, "Transfer-Encoding");
        byte[] bytes = head.bytes();
        int start = head.valueStart(i);
        int end = head.valueEnd(i);
        if (Field.equalsLowerCase(bytes, start, end, CHUNKED)) {
            return;
        }
        boolean otherCodingBefore = end - start > CHUNKED.length
                && Field.equalsLowerCase(bytes, end - CHUNKED.length, end, CHUNKED)
                && Field.tokenByte(bytes[start]) != 0
                && Field.tokenByte(bytes[end - CHUNKED.length - 1]) == 0;
        if (otherCodingBefore) {
            throw new Refusal(FailureKind.TRANSFER_CODING_UNKNOWN, "a transfer coding other than chunked");
        }
        throw FieldLine.bad("Transfer-Encoding is not chunked");
    }

    private static int only(Head head, int field, String name) {
        int found = -1;
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == field) {
                if (found >= 0) {
                    throw FieldLine.bad("more than one " + name + " field");
                }
                found = i;
            }
        }
        return found;
    }
}
