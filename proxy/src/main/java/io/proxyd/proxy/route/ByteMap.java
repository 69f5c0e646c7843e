package io.proxyd.proxy.route;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable map from ASCII text to values, asked with a range of bytes so that no String is made. Open addressing. */
final class ByteMap<V> {
    private final byte[] @Nullable [] keys;
    private final List<@Nullable V> values;
    private final int mask;
    private final int longestKey;

    ByteMap(Map<String, V> entries) {
        int capacity = Integer.highestOneBit(Math.max(4, entries.size() * 4));
        mask = capacity - 1;
        keys = new byte[capacity][];
        values = new ArrayList<>(capacity);
        for (int i = 0; i < capacity; i++) {
            values.add(null);
        }
        int longest = -1;
        for (Map.Entry<String, V> entry : entries.entrySet()) {
            byte[] key = entry.getKey().getBytes(StandardCharsets.US_ASCII);
            int slot = slot(hash(key, 0, key.length));
            while (keys[slot] != null) {
                slot = (slot + 1) & mask;
            }
            keys[slot] = key;
            values.set(slot, entry.getValue());
            longest = Math.max(longest, key.length);
        }
        longestKey = longest;
    }

    boolean isEmpty() {
        return longestKey < 0;
    }

    /** Length of the longest key in bytes; -1 if there is none. */
    int longestKey() {
        return longestKey;
    }

    /** The value for a host name, whatever the case of its letters; keys are lower-case. */
    @Nullable V get(byte[] bytes, int start, int end) {
        int hash = hash(bytes, start, end);
        for (int slot = slot(hash); keys[slot] != null; slot = (slot + 1) & mask) {
            if (equalsIgnoringCase(keys[slot], bytes, start, end)) {
                return values.get(slot);
            }
        }
        return null;
    }

    /**
     * The value for exactly these bytes.
     *
     * @param hash made by {@link #hashStep} over them
     */
    @Nullable V get(byte[] bytes, int start, int end, int hash) {
        for (int slot = slot(hash); keys[slot] != null; slot = (slot + 1) & mask) {
            byte[] key = keys[slot];
            if (Arrays.equals(key, 0, key.length, bytes, start, end)) {
                return values.get(slot);
            }
        }
        return null;
    }

    /** One step of the hash, starting from 0; the same for both cases of a letter. */
    static int hashStep(int hash, byte b) {
        return hash * 31 + lower(b);
    }

    private static int hash(byte[] bytes, int start, int end) {
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = hashStep(hash, bytes[i]);
        }
        return hash;
    }

    private int slot(int hash) {
        return (hash ^ hash >>> 15) & mask;
    }

    private static boolean equalsIgnoringCase(byte[] lowerCase, byte[] bytes, int start, int end) {
        if (lowerCase.length != end - start) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            if (lowerCase[i] != lower(bytes[start + i])) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }
}
