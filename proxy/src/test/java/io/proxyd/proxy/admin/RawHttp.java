package io.proxyd.proxy.admin;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Sends bytes to the admin interface and reads until it closes. */
final class RawHttp {
    private final SocketAddress address;

    /** @param address as {@link AdminServer#address} tells it */
    RawHttp(String address) {
        this.address = address.startsWith("unix:")
                ? UnixDomainSocketAddress.of(address.substring("unix:".length()))
                : new InetSocketAddress(
                        URI.create(address).getHost(), URI.create(address).getPort());
    }

    /** A head and a body. */
    record Response(String head, String body) {
        String statusLine() {
            return head.lines().findFirst().orElse("");
        }
    }

    Response get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: admin\r\n\r\n");
    }

    Response send(String request) throws IOException {
        String text = new String(sendForBytes(request), StandardCharsets.UTF_8);
        int end = text.indexOf("\r\n\r\n");
        return new Response(text.substring(0, end), text.substring(end + 4));
    }

    byte[] sendForBytes(String request) throws IOException {
        try (SocketChannel channel = open()) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
            return Channels.newInputStream(channel).readAllBytes();
        }
    }

    /** An open connection; the caller closes it. */
    SocketChannel open() throws IOException {
        return SocketChannel.open(address);
    }
}
