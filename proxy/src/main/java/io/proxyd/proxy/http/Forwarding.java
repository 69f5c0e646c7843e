package io.proxyd.proxy.http;

import io.proxyd.config.ListenerConfig;
import io.proxyd.config.ListenerConfig.Fields;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What backends are told about the client of one connection, made once for all of its requests. What a trusted proxy says is
 * appended to, what anybody else claims is replaced. Immutable.
 */
public final class Forwarding {
    /** Of a connection that nothing is known of. */
    static final Forwarding UNKNOWN = new Forwarding(
            new ListenerConfig.Forwarding(List.of(), Fields.X_FORWARDED, null), new InetSocketAddress(0));

    private static final int CLAIMS = Field.mask(
            Field.FORWARDED,
            Field.X_FORWARDED_FOR,
            Field.X_FORWARDED_PROTO,
            Field.X_FORWARDED_HOST,
            Field.X_FORWARDED_OTHER,
            Field.X_REAL_IP,
            Field.X_REQUEST_ID);

    private static final byte[] NOTHING = {};
    private static final byte[] X_FORWARDED_HOST = ascii("X-Forwarded-Host: ");
    private static final byte[] FORWARDED = ascii("Forwarded: ");
    private static final byte[] HOST = ascii(";host=\"");
    private static final byte[] QUOTE_AND_CRLF = ascii("\"\r\n");
    private static final byte[] REQUEST_ID = ascii("X-Request-Id: ");
    private static final byte[] CRLF = ascii("\r\n");

    private final ListenerConfig.Forwarding rules;
    private final @Nullable InetAddress peer;
    private final boolean trusted;
    private final boolean writesXForwarded;
    private final boolean writesForwarded;
    private final byte[] peerText;
    private final byte[] xForwardedLines;
    private final byte[] element;
    private final ViaField via;

    /** @param peer where the client connects from */
    public Forwarding(ListenerConfig.Forwarding rules, SocketAddress peer) {
        this.rules = rules;
        this.peer = ClientAddress.ip(peer);
        this.trusted = this.peer != null && rules.trusts(this.peer);
        this.writesXForwarded = rules.fields() != Fields.FORWARDED;
        this.writesForwarded = rules.fields() != Fields.X_FORWARDED;
        String text = ClientAddress.text(this.peer);
        this.peerText = ascii(text);
        this.xForwardedLines = ascii("X-Forwarded-For: " + text + "\r\nX-Forwarded-Proto: http\r\n");
        // RFC 7239, section 6: a colon is no part of a token, so IPv6 goes in quotes, and in brackets
        String quoted = this.peer instanceof Inet6Address ? "\"[" + text + "]\"" : text;
        this.element = trusted || writesForwarded ? ascii("for=" + quoted + ";proto=http") : NOTHING;
        this.via = ViaField.of(rules.via());
    }

    /** Mask of the fields of a request that do not pass as they are. */
    public int replaced(RequestHead head) {
        return trusted ? TrustedFields.replaced(head) : CLAIMS;
    }

    /** Appends the lines that take the place of what was replaced. */
    public void write(RequestHead head, HeadBuffer out) {
        if (trusted) {
            TrustedFields.write(head, this, out);
        } else {
            if (writesXForwarded) {
                out.append(xForwardedLines);
                xForwardedHost(head, out);
            }
            if (writesForwarded) {
                out.append(FORWARDED);
                element(head, out);
            }
            madeRequestId(head, out);
        }
        out.append(via.line(head.minorVersion()));
    }

    void xForwardedHost(RequestHead head, HeadBuffer out) {
        if (head.authorityEnd() > head.authorityStart()) {
            out.append(X_FORWARDED_HOST)
                    .append(head.bytes(), head.authorityStart(), head.authorityEnd())
                    .append(CRLF);
        }
    }

    /** The element of Forwarded that tells of this hop, with CR LF. What may stand in a host needs no escape in quotes. */
    void element(RequestHead head, HeadBuffer out) {
        out.append(element);
        if (head.authorityEnd() > head.authorityStart()) {
            out.append(HOST)
                    .append(head.bytes(), head.authorityStart(), head.authorityEnd())
                    .append(QUOTE_AND_CRLF);
        } else {
            out.append(CRLF);
        }
    }

    static void madeRequestId(RequestHead head, HeadBuffer out) {
        out.append(REQUEST_ID)
                .hex(head.requestIdHigh())
                .hex(head.requestIdLow())
                .append(CRLF);
    }

    boolean writesXForwarded() {
        return writesXForwarded;
    }

    boolean writesForwarded() {
        return writesForwarded;
    }

    byte[] peerText() {
        return peerText;
    }

    /** Adds this proxy to Via. */
    public ViaField via() {
        return via;
    }

    /** Where the client connects from; for logs. */
    public String peer() {
        return ClientAddress.text(peer);
    }

    /** The client as far as trusted proxies tell, else where it connects from; for logs. */
    public String client(RequestHead head) {
        return trusted ? ClientAddress.text(TrustedFields.client(head, peer, rules)) : peer();
    }

    /** The client as far as trusted proxies tell, else where it connects from; null if that is not known. */
    public @Nullable InetAddress clientAddress(RequestHead head) {
        return trusted ? TrustedFields.client(head, peer, rules) : peer;
    }

    /** The id that the backend gets; for logs. */
    public String requestId(RequestHead head) {
        int kept = keptRequestId(head);
        return kept >= 0
                ? head.text(head.valueStart(kept), head.valueEnd(kept))
                : String.format("%016x%016x", head.requestIdHigh(), head.requestIdLow());
    }

    /** The position of the field whose id is kept; -1 if the id is the one made here. */
    public int keptRequestId(RequestHead head) {
        return trusted ? TrustedFields.requestId(head) : -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
