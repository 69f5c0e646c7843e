package io.proxyd.proxy.balance;

/** Hashes of 64 bits that are the same in every proxy. No protection against someone who wants two of them to be equal. */
public final class Hash64 {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Hash64() {}

    /** Of {@code bytes[start, end)}: FNV-1a, mixed. */
    public static long of(byte[] bytes, int start, int end) {
        long hash = FNV_OFFSET;
        for (int i = start; i < end; i++) {
            hash = (hash ^ (bytes[i] & 0xFF)) * FNV_PRIME;
        }
        return mix(hash);
    }

    /** Spreads what differs in a few bits over all of them: the last step of MurmurHash3. */
    public static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
