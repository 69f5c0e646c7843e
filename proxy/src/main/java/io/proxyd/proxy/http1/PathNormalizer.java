package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.RequestHead;

/**
 * Brings a path into its normal form (RFC 3986 section 6.2.2): unreserved characters are not percent-encoded, the others with
 * digits in upper case, {@code .} and {@code ..} segments are resolved. So a route and a backend can never read two different
 * paths.
 */
final class PathNormalizer {
    private PathNormalizer() {}

    /** Whether RFC 3986 section 2.3 calls the octet unreserved. */
    static boolean unreserved(int octet) {
        return octet < 0x80
                && (Character.isLetterOrDigit(octet) || octet == '-' || octet == '.' || octet == '_' || octet == '~');
    }

    /** Sets the head's target to a normal copy of {@code bytes[start, end)}, whose path ends at {@code pathEnd}. */
    static void normalize(RequestHead head, byte[] bytes, int start, int pathEnd, int end) {
        byte[] out = new byte[end - start];
        int decodedEnd = decode(bytes, start, pathEnd, out);
        int length = removeDotSegments(out, decodedEnd);
        System.arraycopy(bytes, pathEnd, out, length, end - pathEnd);
        head.target(out, 0, length, length + end - pathEnd);
    }

    private static int decode(byte[] bytes, int start, int end, byte[] out) {
        int length = 0;
        for (int i = start; i < end; i++) {
            if (bytes[i] == '%') {
                int octet = Character.digit(bytes[i + 1], 16) << 4 | Character.digit(bytes[i + 2], 16);
                if (unreserved(octet)) {
                    out[length++] = (byte) octet;
                } else {
                    out[length++] = '%';
                    out[length++] = (byte) Character.toUpperCase(bytes[i + 1]);
                    out[length++] = (byte) Character.toUpperCase(bytes[i + 2]);
                }
                i += 2;
                continue;
            }
            out[length++] = bytes[i];
        }
        return length;
    }

    /** RFC 3986 section 5.2.4, in place. */
    private static int removeDotSegments(byte[] path, int end) {
        int length = 0;
        for (int segment = 1; segment <= end; ) {
            int next = segment;
            while (next < end && path[next] != '/') {
                next++;
            }
            int dots = dots(path, segment, next);
            if (dots == 2) {
                length = parent(path, length);
            }
            if (dots == 0) {
                path[length++] = '/';
                System.arraycopy(path, segment, path, length, next - segment);
                length += next - segment;
            } else if (next == end) {
                path[length++] = '/';
            }
            segment = next + 1;
        }
        return length;
    }

    /** End of what is left without the last segment; the root has no parent. */
    private static int parent(byte[] path, int length) {
        int i = Math.max(0, length - 1);
        while (path[i] != '/') {
            i--;
        }
        return i;
    }

    /** 1 or 2 for a segment of that many dots; 0 for any other. */
    private static int dots(byte[] path, int start, int end) {
        int dots = end - start;
        if (dots < 1 || dots > 2 || path[start] != '.' || path[end - 1] != '.') {
            return 0;
        }
        return dots;
    }
}
