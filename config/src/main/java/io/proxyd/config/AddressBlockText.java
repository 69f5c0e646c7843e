package io.proxyd.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Reads ranges of IP addresses: {@code 10.0.0.0/8}, or one address. */
final class AddressBlockText {
    private static final Pattern PREFIX = Pattern.compile("[0-9]{1,3}");

    static final ValueType<AddressBlock> TYPE = ValueType.ofText(
            "an IP address, or a range of them such as 10.0.0.0/8 or \"fd00::/8\"", AddressBlockText::parse);

    private AddressBlockText() {}

    private static AddressBlock parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
        int addressBits = address.getAddress().length * 8;
        int prefixBits = slash < 0 ? addressBits : prefix(text.substring(slash + 1), addressBits);
        refuseBitsBehind(prefixBits, address);
        return new AddressBlock(address, prefixBits);
    }

    private static InetAddress address(String text) {
        boolean ipv6 = HostText.isIpv6(text);
        if (!ipv6 && !HostText.isIpv4(text)) {
            throw new BadValue("is not an IP address");
        }
        InetAddress address = literal(text);
        if (ipv6 && address instanceof Inet4Address) {
            throw BadValue.expecting(address.getHostAddress(), "is an IPv4 address in the form of IPv6");
        }
        return address;
    }

    /** Never looks anything up, as the text is an address. */
    private static InetAddress literal(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new BadValue("is not an IP address");
        }
    }

    private static int prefix(String text, int addressBits) {
        int bits = PREFIX.matcher(text).matches() ? Integer.parseInt(text) : -1;
        if (bits < 0 || bits > addressBits) {
            throw BadValue.expecting(
                    "a number of bits from 0 to " + addressBits + " after the slash",
                    "has the prefix " + Quoted.text(text));
        }
        return bits;
    }

    /** 10.0.0.1/8 may be a slip for 10.0.0.1 as well as for 10.0.0.0/8. */
    private static void refuseBitsBehind(int prefixBits, InetAddress address) {
        byte[] first = address.getAddress();
        for (int i = 0; i < first.length; i++) {
            first[i] &= (byte) AddressBlock.mask(i, prefixBits);
        }
        AddressBlock block = new AddressBlock(ofBytes(first), prefixBits);
        if (!block.first().equals(address)) {
            throw BadValue.expecting(block + ", or one address without a prefix", "has bits set behind its prefix");
        }
    }

    private static InetAddress ofBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
