package io.proxyd.proxy.http;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** IP addresses of clients, in one form: an IPv4 client of an IPv6 socket is one of IPv4, and zones are left out. */
public final class ClientAddress {
    private static final String UNKNOWN = "unknown";
    private static final int IPV4_BYTES = 4;

    private ClientAddress() {}

    /** The address without its port; null if it has none, as when the client was gone before it was asked for. */
    public static @Nullable InetAddress ip(SocketAddress socket) {
        if (!(socket instanceof InetSocketAddress inet) || inet.getAddress() == null) {
            return null;
        }
        return inet.getAddress() instanceof Inet6Address ipv6 ? plain(ipv6) : inet.getAddress();
    }

    /** As text, an IPv6 one in the form of RFC 5952; {@code unknown} if there is none. */
    public static String text(@Nullable InetAddress address) {
        return address == null ? UNKNOWN : NetUtil.toAddressString(address);
    }

    /** Reads an address as other proxies write it, which may have a port; null if it is none. Looks nothing up. */
    static @Nullable InetAddress parse(String text) {
        String host = text;
        int bracket = text.indexOf(']');
        int colon = text.indexOf(':');
        if (text.startsWith("[") && bracket > 0) {
            host = text.substring(1, bracket);
        } else if (colon >= 0 && colon == text.lastIndexOf(':')) {
            host = text.substring(0, colon);
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        return bytes == null ? null : ofBytes(bytes);
    }

    /** An address of 16 bytes that maps one of IPv4 (RFC 4291, section 2.5.5.2) comes out as that. */
    private static InetAddress plain(Inet6Address address) {
        byte[] bytes = address.getAddress();
        boolean mapped = bytes[10] == -1 && bytes[11] == -1;
        for (int i = 0; i < 10; i++) {
            mapped &= bytes[i] == 0;
        }
        return ofBytes(mapped ? Arrays.copyOfRange(bytes, bytes.length - IPV4_BYTES, bytes.length) : bytes);
    }

    private static InetAddress ofBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + bytes.length + " bytes; expected 4 or 16", e);
        }
    }
}
