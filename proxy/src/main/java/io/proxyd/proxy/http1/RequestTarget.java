package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;

/**
 * Reduces a request target (RFC 9112 section 3.2) to the one form that is routed by and forwarded: path and query, dot
 * segments resolved, percent-encoding checked and normal.
 */
final class RequestTarget {
    private RequestTarget() {}

    static void resolve(RequestHead head, int start, int end) {
        byte[] bytes = head.bytes();
        if (head.method() == Method.CONNECT) {
            head.target(bytes, start, end, end);
            return; // refused by RequestRules, whatever its target
        }
        if (bytes[start] == '/') {
            path(head, bytes, start, end);
        } else if (bytes[start] == '*' && end - start == 1 && head.method() == Method.OPTIONS) {
            head.target(bytes, start, end, end);
        } else {
            absolute(head, bytes, start, end);
        }
    }

    private static void absolute(RequestHead head, byte[] bytes, int start, int end) {
        int i = schemeEnd(bytes, start, end);
        int authority = i;
        while (i < end && bytes[i] != '/' && bytes[i] != '?') {
            i++;
        }
        HostField.authority(head, bytes, authority, i);
        if (i < end && bytes[i] == '/') {
            path(head, bytes, i, end);
            return;
        }
        byte[] rooted = new byte[end - i + 1]; // http://host?query has an empty path, which is "/"
        rooted[0] = '/';
        System.arraycopy(bytes, i, rooted, 1, end - i);
        path(head, rooted, 0, rooted.length);
    }

    /** Only {@code http} and {@code https}; the scheme is case-insensitive. */
    private static int schemeEnd(byte[] bytes, int start, int end) {
        String scheme = "http";
        int i = start;
        for (int k = 0; k < scheme.length(); k++, i++) {
            if (i >= end || (bytes[i] | 0x20) != scheme.charAt(k)) {
                throw FieldLine.bad("request target is neither a path nor an http URI");
            }
        }
        if (i < end && (bytes[i] | 0x20) == 's') {
            i++;
        }
        if (end - i < 4 || bytes[i] != ':' || bytes[i + 1] != '/' || bytes[i + 2] != '/') {
            throw FieldLine.bad("request target is neither a path nor an http URI");
        }
        return i + 3;
    }

    private static void path(RequestHead head, byte[] bytes, int start, int end) {
        int pathEnd = end;
        boolean normal = true;
        for (int i = start; i < end; i++) {
            byte c = bytes[i];
            if (c == '%') {
                int octet = octet(bytes, i, end);
                normal &= pathEnd != end || !PathNormalizer.unreserved(octet);
            } else if (c == '.' && bytes[i - 1] == '/') {
                normal &= pathEnd != end;
            } else if (c == '?' && pathEnd == end) {
                pathEnd = i;
            } else if (c < 0 || c == '#' || (c == '\\' && pathEnd == end)) {
                throw FieldLine.bad("byte " + FieldLine.hex(c) + " in the request target");
            }
        }
        if (normal) {
            head.target(bytes, start, pathEnd, end);
        } else {
            PathNormalizer.normalize(head, bytes, start, pathEnd, end);
        }
    }

    private static int octet(byte[] bytes, int i, int end) {
        int high = i + 2 < end ? Character.digit(bytes[i + 1], 16) : -1;
        int low = i + 2 < end ? Character.digit(bytes[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
            throw FieldLine.bad("percent sign without two hexadecimal digits in the request target");
        }
        if (high + low == 0) {
            throw FieldLine.bad("encoded NUL in the request target");
        }
        return high << 4 | low;
    }
}
