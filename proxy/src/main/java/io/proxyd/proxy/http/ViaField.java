package io.proxyd.proxy.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The line that adds this proxy to the Via field of a message that passes (RFC 9110 section 7.6.3). Immutable. */
public final class ViaField {
    /** For a proxy that does not show itself. */
    public static final ViaField NONE = new ViaField(new byte[0], new byte[0]);

    private final byte[] http10;
    private final byte[] http11;

    private ViaField(byte[] http10, byte[] http11) {
        this.http10 = http10;
        this.http11 = http11;
    }

    /** @param name of this proxy; null if it does not show itself */
    public static ViaField of(@Nullable String name) {
        return name == null ? NONE : new ViaField(line("1.0", name), line("1.1", name));
    }

    /** The line with its CR LF, or nothing, for a message that was received as HTTP/1.{@code minorVersion}. */
    public byte[] line(int minorVersion) {
        return minorVersion == 0 ? http10 : http11;
    }

    private static byte[] line(String version, String name) {
        return ("Via: " + version + " " + name + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
