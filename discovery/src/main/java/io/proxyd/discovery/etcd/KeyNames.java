package io.proxyd.discovery.etcd;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/** Turns the bytes of a key into text, so that two keys never become the same text. */
final class KeyNames {
    private KeyNames() {}

    /** The key as UTF-8; what is not UTF-8 as {@code \xff}, and a backslash as two, so that no two keys look alike. */
    static String text(byte[] key) {
        CharsetDecoder strict = StandardCharsets.UTF_8.newDecoder();
        try {
            return strict.decode(ByteBuffer.wrap(key)).toString().replace("\\", "\\\\");
        } catch (CharacterCodingException notUtf8) {
            return escaped(key);
        }
    }

    private static String escaped(byte[] key) {
        StringBuilder text = new StringBuilder();
        for (byte b : key) {
            if (b == '\\') {
                text.append("\\\\");
            } else if (b >= ' ' && b < 0x7f) {
                text.append((char) b);
            } else {
                text.append(String.format("\\x%02x", b));
            }
        }
        return text.toString();
    }
}
