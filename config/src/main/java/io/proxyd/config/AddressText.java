package io.proxyd.config;

import java.util.regex.Pattern;

/** Addresses as they are written: {@code 0.0.0.0:80}, {@code [::]:80}, {@code worker-1:8000}. */
final class AddressText {
    private static final int MAX_PORT = 65535;
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** Where to listen; port 0 takes any free one. */
    static final ValueType<Address> LISTENER = type(0, "HOST:PORT, such as 0.0.0.0:80 or \"[::]:80\"");

    /** Where to connect to. */
    static final ValueType<Address> BACKEND = type(1, "HOST:PORT, such as 10.0.0.3:8000");

    private AddressText() {}

    private static ValueType<Address> type(int minPort, String expected) {
        return ValueType.ofText(expected, text -> parse(text, minPort));
    }

    static Address parse(String text, int minPort) {
        if (PORT.matcher(text).matches()) {
            throw new BadValue("is only a port");
        }
        if (text.contains("://")) {
            throw new BadValue("is a URL");
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0 || text.endsWith("]")) {
            throw new BadValue("has no port");
        }
        String host = text.substring(0, colon);
        if (host.isEmpty() || host.equals("*")) {
            throw BadValue.expecting(
                    "0.0.0.0:PORT for every IPv4 address, \"[::]:PORT\" for IPv6 as well", "names no host");
        }
        return new Address(host(host), port(text.substring(colon + 1), minPort));
    }

    private static String host(String host) {
        if (host.startsWith("[") && host.endsWith("]")) {
            String literal = host.substring(1, host.length() - 1);
            if (!HostText.isIpv6(literal)) {
                throw new BadValue("has no IPv6 address between its brackets");
            }
            return literal;
        }
        if (HostText.isIpv6(host) || host.indexOf(':') >= 0) {
            throw BadValue.expecting(
                    "an IPv6 address to be in brackets, such as \"[::1]:80\"", "has more than one colon");
        }
        if (!HostText.isNameOrIpv4(host)) {
            throw new BadValue("has a host that is neither a name nor an IP address");
        }
        return host;
    }

    private static int port(String text, int minPort) {
        int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : -1;
        if (port < minPort || port > MAX_PORT) {
            throw BadValue.expecting(
                    "a port from " + minPort + " to " + MAX_PORT + " after the colon",
                    "has the port " + Quoted.text(text));
        }
        return port;
    }
}
