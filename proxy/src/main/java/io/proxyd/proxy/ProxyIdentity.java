package io.proxyd.proxy;

import io.proxyd.config.AdminConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Who this process is to other proxies and to operators.
 *
 * @param id the host's name and a random number, as several may run on one host; a restart makes another one
 * @param about for people
 */
record ProxyIdentity(String id, Map<String, String> about) {
    static ProxyIdentity of(AdminConfig admin, Instant started, RandomGenerator random) {
        String host = host();
        return new ProxyIdentity(
                host.replaceAll("[^A-Za-z0-9.-]", "-") + "-" + String.format("%08x", random.nextInt()),
                Map.of(
                        "host", host,
                        "pid", String.valueOf(ProcessHandle.current().pid()),
                        "version", Proxyd.version(),
                        "started", started.toString(),
                        "admin", address(admin)));
    }

    private static String address(AdminConfig admin) {
        return admin instanceof AdminConfig.Unix unix
                ? "unix:" + unix.path()
                : "http://" + ((AdminConfig.Tcp) admin).address();
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown"; // the machine does not know its own name; the random number still tells proxies apart
        }
    }
}
