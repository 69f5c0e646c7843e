package io.proxyd.proxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Whose connections are counted together: an IPv4 address, or all of a /64 of IPv6, as that is what one subscriber has at least
 * (RFC 6177) and can choose any address from.
 *
 * @param bits the address, or the first half of it
 */
record ClientBlock(boolean ipv6, long bits) {
    static ClientBlock of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        boolean ipv6 = address instanceof Inet6Address;
        return new ClientBlock(ipv6, ipv6 ? bytes.getLong() : bytes.getInt());
    }
}
