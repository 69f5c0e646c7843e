package io.proxyd.proxy.http;

import java.nio.charset.StandardCharsets;

/**
 * The field names that proxyd acts on, each a small number so that a set of them is a bit mask. All other names are
 * {@link #OTHER} and pass untouched.
 */
public final class Field {
    public static final int OTHER = 0;
    public static final int HOST = 1;
    public static final int CONTENT_LENGTH = 2;
    public static final int TRANSFER_ENCODING = 3;
    public static final int CONNECTION = 4;
    public static final int KEEP_ALIVE = 5;
    public static final int PROXY_CONNECTION = 6;
    public static final int TE = 7;
    public static final int TRAILER = 8;
    public static final int UPGRADE = 9;
    public static final int EXPECT = 10;
    public static final int X_FORWARDED_FOR = 11;
    public static final int X_FORWARDED_PROTO = 12;
    public static final int X_FORWARDED_HOST = 13;
    public static final int X_REQUEST_ID = 14;
    public static final int DATE = 15;
    public static final int USER_AGENT = 16;
    public static final int REFERER = 17;
    public static final int PROXY_AUTHENTICATE = 18;
    public static final int PROXY_AUTHORIZATION = 19;
    public static final int FORWARDED = 20;
    public static final int X_REAL_IP = 21;
    public static final int HTTP2_SETTINGS = 22;
    public static final int MAX_FORWARDS = 23;
    public static final int IDEMPOTENCY_KEY = 24;
    public static final int RETRY_AFTER = 25;
    /** Any other name that starts with X-Forwarded. */
    public static final int X_FORWARDED_OTHER = 26;
    /**
     * A name that differs from one that carries framing or trust only by another character where that has a hyphen, such as
     * {@code X_Forwarded_For}. CGI and WSGI backends take it for the same variable.
     */
    public static final int LOOK_ALIKE = 27;
    /** A field that its message's Connection field names, so it ends at this hop. */
    public static final int NOMINATED = 28;

    private static final String[] NAMES = {
        "",
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-request-id",
        "date",
        "user-agent",
        "referer",
        "proxy-authenticate",
        "proxy-authorization",
        "forwarded",
        "x-real-ip",
        "http2-settings",
        "max-forwards",
        "idempotency-key",
        "retry-after"
    };

    /** Lower-case letter of each byte that may stand in a token (RFC 9110 section 5.6.2); 0 for the others. */
    private static final byte[] TOKEN = new byte[256];

    private static final int SLOTS = 256;
    private static final byte[][] NAME_BY_SLOT = new byte[SLOTS][];
    private static final int[] ID_BY_SLOT = new int[SLOTS];

    static {
        for (char c = 0; c < 128; c++) {
            if (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                TOKEN[c] = (byte) Character.toLowerCase(c);
            }
        }
        for (int id = 1; id < NAMES.length; id++) {
            byte[] name = NAMES[id].getBytes(StandardCharsets.US_ASCII);
            int slot = hash(name) & (SLOTS - 1);
            while (NAME_BY_SLOT[slot] != null) {
                slot = (slot + 1) & (SLOTS - 1);
            }
            NAME_BY_SLOT[slot] = name;
            ID_BY_SLOT[slot] = id;
        }
    }

    private Field() {}

    /** The lower-case form of a token byte, or 0 if the byte may not stand in a token. */
    public static int tokenByte(byte b) {
        return TOKEN[b & 0xFF];
    }

    /** One step of the name hash that {@link #id} takes, over lower-case bytes, starting from 0. */
    public static int hashStep(int hash, int lowerCaseByte) {
        return hash * 31 + lowerCaseByte;
    }

    /**
     * The number of the name in {@code bytes[start, end)}, whatever its case.
     *
     * @param hash made by {@link #hashStep} over the name
     */
    public static int id(byte[] bytes, int start, int end, int hash) {
        for (int slot = hash & (SLOTS - 1); NAME_BY_SLOT[slot] != null; slot = (slot + 1) & (SLOTS - 1)) {
            if (equalsLowerCase(bytes, start, end, NAME_BY_SLOT[slot])) {
                return ID_BY_SLOT[slot];
            }
        }
        return LookAlike.id(bytes, start, end);
    }

    /** Whether {@code bytes[start, end)} is the given lower-case token, whatever its case. */
    public static boolean equalsLowerCase(byte[] bytes, int start, int end, byte[] lowerCase) {
        if (end - start != lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            if (TOKEN[bytes[start + i] & 0xFF] != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** The bit mask of a set of field numbers. */
    public static int mask(int... ids) {
        int mask = 0;
        for (int id : ids) {
            mask |= 1 << id;
        }
        return mask;
    }

    private static int hash(byte[] lowerCase) {
        int hash = 0;
        for (byte b : lowerCase) {
            hash = hashStep(hash, b);
        }
        return hash;
    }
}
