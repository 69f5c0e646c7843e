package io.proxyd.proxy.http;

import io.proxyd.config.ListenerConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The forwarding fields of a request that a trusted proxy sent: lists grow by one, the rest is kept or written if missing. */
final class TrustedFields {
    private static final int LISTS = Field.mask(Field.X_FORWARDED_FOR, Field.FORWARDED);
    private static final int LONGEST_REQUEST_ID = 128;
    private static final String REQUEST_ID_SIGNS = "-._~:/+=@,";

    private static final byte[] X_FORWARDED_FOR = ascii("X-Forwarded-For: ");
    private static final byte[] X_FORWARDED_PROTO = ascii("X-Forwarded-Proto: http\r\n");
    private static final byte[] FORWARDED = ascii("Forwarded: ");
    private static final byte[] COMMA = ascii(", ");
    private static final byte[] CRLF = ascii("\r\n");

    private TrustedFields() {}

    static int replaced(RequestHead head) {
        return requestId(head) < 0 ? LISTS | Field.mask(Field.X_REQUEST_ID) : LISTS;
    }

    /** A list that was received is appended to even if this proxy does not start one. */
    static void write(RequestHead head, Forwarding forwarding, HeadBuffer out) {
        if (forwarding.writesXForwarded() || head.has(Field.X_FORWARDED_FOR)) {
            out.append(X_FORWARDED_FOR);
            received(head, Field.X_FORWARDED_FOR, out);
            out.append(forwarding.peerText()).append(CRLF);
        }
        if (forwarding.writesXForwarded() && !head.has(Field.X_FORWARDED_PROTO)) {
            out.append(X_FORWARDED_PROTO);
        }
        if (forwarding.writesXForwarded() && !head.has(Field.X_FORWARDED_HOST)) {
            forwarding.xForwardedHost(head, out);
        }
        if (forwarding.writesForwarded() || head.has(Field.FORWARDED)) {
            out.append(FORWARDED);
            received(head, Field.FORWARDED, out);
            forwarding.element(head, out);
        }
        if (requestId(head) < 0) {
            Forwarding.madeRequestId(head, out);
        }
    }

    /** The values of all lines of a list, each with a comma behind it. */
    private static void received(RequestHead head, int field, HeadBuffer out) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == field && head.valueEnd(i) > head.valueStart(i)) {
                out.append(head.bytes(), head.valueStart(i), head.valueEnd(i)).append(COMMA);
            }
        }
    }

    /** The position of an X-Request-Id that can be kept: the only one, short, and nothing but letters, digits and some signs. */
    static int requestId(RequestHead head) {
        int found = head.indexOf(Field.X_REQUEST_ID);
        if (found < 0) {
            return -1;
        }
        for (int i = found + 1; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.X_REQUEST_ID) {
                return -1;
            }
        }
        int length = head.valueEnd(found) - head.valueStart(found);
        if (length == 0 || length > LONGEST_REQUEST_ID) {
            return -1;
        }
        for (int i = head.valueStart(found); i < head.valueEnd(found); i++) {
            if (!mayStandInRequestId(head.bytes()[i])) {
                return -1;
            }
        }
        return found;
    }

    private static boolean mayStandInRequestId(byte b) {
        int letter = b | 0x20;
        return (b >= '0' && b <= '9') || (letter >= 'a' && letter <= 'z') || REQUEST_ID_SIGNS.indexOf(b) >= 0;
    }

    /**
     * The rightmost address of X-Forwarded-For that is not trusted. What stands left of it, and of anything that is no address, may
     * be forged.
     */
    static @Nullable InetAddress client(RequestHead head, @Nullable InetAddress peer, ListenerConfig.Forwarding rules) {
        InetAddress client = peer;
        for (int i = head.fieldCount() - 1; i >= 0; i--) {
            if (head.field(i) != Field.X_FORWARDED_FOR) {
                continue;
            }
            String[] addresses = head.text(head.valueStart(i), head.valueEnd(i)).split(",");
            for (int j = addresses.length - 1; j >= 0; j--) {
                InetAddress address = ClientAddress.parse(addresses[j].strip());
                if (address == null) {
                    return client;
                }
                client = address;
                if (!rules.trusts(address)) {
                    return client;
                }
            }
        }
        return client;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
