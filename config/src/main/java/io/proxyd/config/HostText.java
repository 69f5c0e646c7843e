package io.proxyd.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** The syntax of a host: a name (RFC 1123, underscores allowed) or an IP literal. Nothing is looked up. */
final class HostText {
    private static final int MAX_CHARS = 253;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
    private static final Pattern IPV6_CHARS = Pattern.compile("[0-9A-Fa-f:.]+");
    private static final Pattern OCTET = Pattern.compile("25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]");
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    private HostText() {}

    static boolean isNameOrIpv4(String host) {
        if (host.isEmpty() || host.length() > MAX_CHARS) {
            return false;
        }
        String[] labels = host.split("\\.", -1);
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        // A name cannot end in a number (RFC 1123, 2.1): what looks like an address has to be one.
        return !DIGITS.matcher(labels[labels.length - 1]).matches() || isIpv4(labels);
    }

    static boolean isIpv4(String host) {
        return isIpv4(host.split("\\.", -1));
    }

    private static boolean isIpv4(String[] labels) {
        return labels.length == 4
                && Arrays.stream(labels).allMatch(label -> OCTET.matcher(label).matches());
    }

    /** Without brackets and without a zone. */
    static boolean isIpv6(String host) {
        if (host.indexOf(':') < 0 || !IPV6_CHARS.matcher(host).matches()) {
            return false;
        }
        try {
            // In brackets it is taken for a literal and never looked up.
            InetAddress.getByName("[" + host + "]");
            return true;
        } catch (UnknownHostException notAnAddress) {
            return false;
        }
    }
}
