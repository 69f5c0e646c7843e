package io.proxyd.proxy.http;

import java.nio.charset.StandardCharsets;

/** Recognises names that start with X-Forwarded, and names that a backend may take for one that carries framing or trust. */
final class LookAlike {
    private static final byte[] X_FORWARDED = ascii("x-forwarded");
    private static final byte[] X_REQUEST_ID = ascii("x-request-id");
    private static final byte[] X_REAL_IP = ascii("x-real-ip");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final int CASE_BIT = 0x20;

    private LookAlike() {}

    /** The number of a token that is none of the known names; the first letter tells most of them apart. */
    static int id(byte[] bytes, int start, int end) {
        return switch (bytes[start] | CASE_BIT) {
            case 'x' -> xId(bytes, start, end);
            case 'c' -> orOther(is(bytes, start, end, CONTENT_LENGTH));
            case 't' -> orOther(is(bytes, start, end, TRANSFER_ENCODING));
            default -> Field.OTHER;
        };
    }

    private static int xId(byte[] bytes, int start, int end) {
        if (startsWith(bytes, start, end, X_FORWARDED)) {
            return hasOnlyHyphens(bytes, start, end) ? Field.X_FORWARDED_OTHER : Field.LOOK_ALIKE;
        }
        return orOther(is(bytes, start, end, X_REQUEST_ID) || is(bytes, start, end, X_REAL_IP));
    }

    private static int orOther(boolean lookAlike) {
        return lookAlike ? Field.LOOK_ALIKE : Field.OTHER;
    }

    private static boolean is(byte[] bytes, int start, int end, byte[] name) {
        return end - start == name.length && startsWith(bytes, start, end, name);
    }

    /** Any separator stands for a hyphen. */
    private static boolean startsWith(byte[] bytes, int start, int end, byte[] name) {
        if (end - start < name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            byte b = bytes[start + i];
            boolean same = name[i] == '-' ? isSeparator(b) : Field.tokenByte(b) == name[i];
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasOnlyHyphens(byte[] bytes, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] != '-' && isSeparator(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    /** CGI maps more than the hyphen to an underscore, in some servers whatever is neither letter nor digit. */
    private static boolean isSeparator(byte b) {
        int letter = b | CASE_BIT;
        return (b < '0' || b > '9') && (letter < 'a' || letter > 'z');
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
