package io.proxyd.ctl;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;

/** Who gives an order, so that others know whom to ask: user and host. */
final class Author {
    private Author() {}

    static String of(Map<String, String> environment) {
        String user = environment.getOrDefault("SUDO_USER", System.getProperty("user.name", "unknown"));
        return user + "@" + host(environment);
    }

    private static String host(Map<String, String> environment) {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return environment.getOrDefault("HOSTNAME", "unknown");
        }
    }
}
