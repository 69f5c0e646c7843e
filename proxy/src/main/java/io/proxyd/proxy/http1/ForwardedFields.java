package io.proxyd.proxy.http1;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;

/** The X-Forwarded-For and -Proto lines of one client connection, made once. What a client claims itself is replaced. */
final class ForwardedFields {
    private ForwardedFields() {}

    static byte[] lines(SocketAddress client) {
        return ("X-Forwarded-For: " + host(client) + "\r\nX-Forwarded-Proto: http\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String host(SocketAddress client) {
        if (!(client instanceof InetSocketAddress inet)) {
            return "unknown";
        }
        String host = inet.getAddress().getHostAddress();
        int zone = host.indexOf('%');
        return zone < 0 ? host : host.substring(0, zone);
    }
}
