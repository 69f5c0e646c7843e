package io.proxyd.discovery;

import io.netty.util.NetUtil;
import java.util.regex.Pattern;

/** The syntax of a registration's host: a name (RFC 1123, underscores allowed) or an IP literal. */
final class RegistrationHost {
    private static final String EXPECTED = ", expected a host name or an IP address";
    private static final int MAX_CHARS = 253;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");
    private static final Pattern NAME_AND_PORT = Pattern.compile("[^:]*:[0-9]+|\\[.*\\]:[0-9]+");

    private RegistrationHost() {}

    static String check(String host) throws Refusal {
        if (host.isEmpty()) {
            throw new Refusal("host is \"\"" + EXPECTED);
        }
        if (host.contains("://")) {
            throw unfit(host, " without a scheme");
        }
        if (NAME_AND_PORT.matcher(host).matches()) {
            throw unfit(host, " without a port, which goes into \"port\"");
        }
        if (host.startsWith("[")) {
            throw unfit(host, " without brackets");
        }
        if (host.indexOf(':') >= 0) {
            return checkIpv6(host);
        }
        return checkName(host);
    }

    private static String checkIpv6(String host) throws Refusal {
        if (host.indexOf('%') >= 0) {
            throw unfit(host, " without a zone");
        }
        if (!NetUtil.isValidIpV6Address(host)) {
            throw unfit(host, "");
        }
        return host;
    }

    private static String checkName(String host) throws Refusal {
        if (host.length() > MAX_CHARS) {
            throw unfit(host, " of at most " + MAX_CHARS + " characters");
        }
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        String[] labels = name.split("\\.", -1);
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                throw unfit(host, " of letters, digits, - and _ between its dots");
            }
        }
        // A name cannot end in a number (RFC 1123, 2.1): what looks like an address has to be one.
        if (DIGITS.matcher(labels[labels.length - 1]).matches() && !NetUtil.isValidIpV4Address(host)) {
            throw unfit(host, "; four numbers from 0 to 255 make an IPv4 address");
        }
        return host;
    }

    private static Refusal unfit(String host, String detail) {
        return new Refusal("host is " + Refusal.quoted(host) + EXPECTED + detail);
    }
}
