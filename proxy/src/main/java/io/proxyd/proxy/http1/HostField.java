package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;

/** Host and port of a request (RFC 9112 section 3.2, RFC 3986 section 3.2): one, well-formed, without user information. */
final class HostField {
    /** True for each byte that may stand as it is in a registered name or an IPv4 address. */
    private static final boolean[] NAME = new boolean[128];

    static {
        for (char c = 0; c < 128; c++) {
            NAME[c] = Character.isLetterOrDigit(c) || "-._~!$&'()*+;=".indexOf(c) >= 0;
        }
    }

    private HostField() {}

    /** Takes the authority from the Host field, unless the target named one, which then counts alone. */
    static void apply(RequestHead head) {
        int found = -1;
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.HOST) {
                if (found >= 0) {
                    throw FieldLine.bad("more than one Host field");
                }
                found = i;
            }
        }
        if (found < 0) {
            if (head.minorVersion() > 0) {
                throw FieldLine.bad("no Host field");
            }
            return;
        }
        int start = head.authorityStart();
        int hostEnd = head.hostEnd();
        int end = head.authorityEnd();
        if (end == start) {
            authority(head, head.bytes(), head.valueStart(found), head.valueEnd(found));
        } else if (head.valueEnd(found) > head.valueStart(found)) { // empty is right where the target names the host
            authority(head, head.bytes(), head.valueStart(found), head.valueEnd(found));
            head.authority(start, hostEnd, end);
        }
    }

    /** Checks {@code host[:port]} in {@code bytes[start, end)} and sets it. */
    static void authority(RequestHead head, byte[] bytes, int start, int end) {
        int i = start < end && bytes[start] == '[' ? literalEnd(bytes, start, end) : nameEnd(bytes, start, end);
        int hostEnd = i;
        if (i == start) {
            throw FieldLine.bad("empty host");
        }
        if (i < end) {
            port(bytes, i, end);
        }
        head.authority(start, hostEnd, end);
    }

    /** A percent-encoded host passes as it stands, equal to no configured one. */
    private static int nameEnd(byte[] bytes, int start, int end) {
        int i = start;
        while (i < end && bytes[i] >= 0) {
            if (bytes[i] == '%') {
                PercentEncoding.octet(bytes, i, end);
                i += 3;
            } else if (NAME[bytes[i]]) {
                i++;
            } else {
                break;
            }
        }
        return i;
    }

    /** An IPv6 address, or {@code v}, a hexadecimal version, a dot and an address of a form yet to come. */
    private static int literalEnd(byte[] bytes, int start, int end) {
        int i = start + 1;
        boolean future = i < end && (bytes[i] | 0x20) == 'v';
        if (future) {
            i = futureAddress(bytes, i + 1, end);
        }
        int address = i;
        while (i < end && (future ? bytes[i] >= 0 && (NAME[bytes[i]] || bytes[i] == ':') : inIpv6(bytes[i]))) {
            i++;
        }
        if (i == end || bytes[i] != ']' || i - address < (future ? 1 : 2)) {
            throw FieldLine.bad("malformed IP literal as host");
        }
        return i + 1;
    }

    private static int futureAddress(byte[] bytes, int start, int end) {
        int i = start;
        while (i < end && Character.digit(bytes[i], 16) >= 0) {
            i++;
        }
        if (i == start || i == end || bytes[i] != '.') {
            throw FieldLine.bad("malformed IP literal as host");
        }
        return i + 1;
    }

    private static boolean inIpv6(byte c) {
        return Character.digit(c, 16) >= 0 || c == ':' || c == '.';
    }

    private static void port(byte[] bytes, int colon, int end) {
        if (bytes[colon] != ':') {
            throw FieldLine.bad("byte " + FieldLine.hex(bytes[colon]) + " in the host");
        }
        int port = 0;
        for (int i = colon + 1; i < end; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                throw FieldLine.bad("byte " + FieldLine.hex(bytes[i]) + " in the port");
            }
            port = port * 10 + bytes[i] - '0';
            if (port > 65535) {
                throw FieldLine.bad("port above 65535");
            }
        }
    }
}
