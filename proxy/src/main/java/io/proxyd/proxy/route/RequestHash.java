package io.proxyd.proxy.route;

import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.proxy.balance.Hash64;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.RequestHead;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.SplittableRandom;

/** Hashes the part of a request that consistent hashing keeps at one backend. Any thread. */
interface RequestHash {
    /**
     * @param head borrowed for the call
     * @param random gives the hash of a request that has no such part
     */
    long of(RequestHead head, SplittableRandom random);

    static RequestHash by(HashKey key) {
        if (key instanceof HashKey.Header header) {
            byte[] name = header.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
            return (head, random) -> ofField(name, head, random);
        }
        if (key instanceof HashKey.Cookie cookie) {
            CookieField field = new CookieField(cookie.name());
            return (head, random) -> {
                long found = field.find(head);
                return found == CookieField.ABSENT
                        ? random.nextLong()
                        : Hash64.of(head.bytes(), CookieField.start(found), CookieField.end(found));
            };
        }
        if (key instanceof HashKey.Path) {
            return (head, random) -> Hash64.of(head.target(), head.targetStart(), head.pathEnd());
        }
        return RequestHash::ofClient;
    }

    private static long ofClient(RequestHead head, SplittableRandom random) {
        InetAddress client = head.forwarding().clientAddress(head);
        if (client == null) {
            return random.nextLong();
        }
        byte[] address = client.getAddress();
        return Hash64.of(address, 0, address.length);
    }

    /** By the first field of that name that has a value. */
    private static long ofField(byte[] name, RequestHead head, SplittableRandom random) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.valueEnd(i) > head.valueStart(i)
                    && Field.equalsLowerCase(head.bytes(), head.nameStart(i), head.nameEnd(i), name)) {
                return Hash64.of(head.bytes(), head.valueStart(i), head.valueEnd(i));
            }
        }
        return random.nextLong();
    }
}
