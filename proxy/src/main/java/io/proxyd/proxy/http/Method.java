package io.proxyd.proxy.http;

/** The methods whose properties matter here (RFC 9110 section 9). Any other token is OTHER and passes. */
public enum Method {
    GET(true),
    HEAD(true),
    PUT(true),
    DELETE(true),
    OPTIONS(true),
    TRACE(true),
    POST(false),
    PATCH(false),
    CONNECT(false),
    OTHER(false);

    private final boolean idempotent;

    Method(boolean idempotent) {
        this.idempotent = idempotent;
    }

    /** Whether sending it twice has the effect of sending it once (RFC 9110 section 9.2.2). */
    public boolean idempotent() {
        return idempotent;
    }

    /** The method spelled by {@code bytes[start, end)}; methods are case-sensitive. */
    public static Method of(byte[] bytes, int start, int end) {
        return switch (end - start) {
            case 3 -> matches(bytes, start, GET) ? GET : matches(bytes, start, PUT) ? PUT : OTHER;
            case 4 -> matches(bytes, start, POST) ? POST : matches(bytes, start, HEAD) ? HEAD : OTHER;
            case 5 -> matches(bytes, start, PATCH) ? PATCH : matches(bytes, start, TRACE) ? TRACE : OTHER;
            case 6 -> matches(bytes, start, DELETE) ? DELETE : OTHER;
            case 7 -> matches(bytes, start, OPTIONS) ? OPTIONS : matches(bytes, start, CONNECT) ? CONNECT : OTHER;
            default -> OTHER;
        };
    }

    private static boolean matches(byte[] bytes, int start, Method method) {
        String name = method.name();
        for (int i = 0; i < name.length(); i++) {
            if (bytes[start + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
