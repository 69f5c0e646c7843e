package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;

/**
 * Reduces a request target (RFC 9112 section 3.2) to the one form that is routed by and forwarded: path and query, dot
 * segments resolved, percent-encoding checked and normal.
 */
final class RequestTarget {
    private static final byte[] ASTERISK = {'*'};

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
        if (i == end && head.method() == Method.OPTIONS) {
            head.target(ASTERISK, 0, 1, 1); // RFC 9112 section 3.2.4
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
                int octet = PercentEncoding.octet(bytes, i, end);
                normal &= pathEnd != end || (PercentEncoding.upperCase(bytes, i) && !PathNormalizer.unreserved(octet));
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
}
