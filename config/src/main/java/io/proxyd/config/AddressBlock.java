package io.proxyd.config;

import java.net.InetAddress;

/**
 * A range of IP addresses in CIDR notation (RFC 4632), such as 10.0.0.0/8; a single address is a range of one.
 *
 * @param first its lowest address; the bits behind the prefix are 0
 * @param prefixBits how many leading bits all of its addresses share
 */
public record AddressBlock(InetAddress first, int prefixBits) {
    /** Whether an address lies in the range; one of the other IP version never does. */
    public boolean contains(InetAddress address) {
        byte[] low = first.getAddress();
        byte[] asked = address.getAddress();
        if (low.length != asked.length) {
            return false;
        }
        for (int i = 0; i < low.length; i++) {
            if (((low[i] ^ asked[i]) & mask(i, prefixBits)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Which bits of the i-th byte of an address belong to its prefix. */
    static int mask(int i, int prefixBits) {
        return 0xFF00 >> Math.max(0, Math.min(8, prefixBits - i * 8)) & 0xFF;
    }

    @Override
    public String toString() {
        return first.getHostAddress() + "/" + prefixBits;
    }
}
