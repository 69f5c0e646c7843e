package io.proxyd.proxy.http1;

/** Percent-encoded octets (RFC 3986 section 2.1), where they are allowed. */
final class PercentEncoding {
    private PercentEncoding() {}

    /**
     * The octet encoded at {@code i}, which is where the percent sign stands.
     *
     * @throws io.proxyd.proxy.http.Refusal if two hexadecimal digits do not follow, or if it is a NUL
     */
    static int octet(byte[] bytes, int i, int end) {
        int high = i + 2 < end ? Character.digit(bytes[i + 1], 16) : -1;
        int low = i + 2 < end ? Character.digit(bytes[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
            throw FieldLine.bad("percent sign without two hexadecimal digits");
        }
        if (high + low == 0) {
            throw FieldLine.bad("encoded NUL");
        }
        return high << 4 | low;
    }

    /** Whether its digits are in upper case, as RFC 3986 section 6.2.2.1 wants them. */
    static boolean upperCase(byte[] bytes, int i) {
        return bytes[i + 1] < 'a' && bytes[i + 2] < 'a';
    }
}
