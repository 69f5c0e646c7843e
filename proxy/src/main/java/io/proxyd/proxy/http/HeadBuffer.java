package io.proxyd.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Scratch space in which one event loop composes heads before they become one buffer. */
public final class HeadBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes = new byte[4096];
    private int length;

    /** Starts a new head. */
    public HeadBuffer clear() {
        length = 0;
        return this;
    }

    public HeadBuffer append(byte[] source, int start, int end) {
        int count = end - start;
        reserve(count);
        System.arraycopy(source, start, bytes, length, count);
        length += count;
        return this;
    }

    public HeadBuffer append(byte[] source) {
        return append(source, 0, source.length);
    }

    /** Appends a number in decimal. */
    public HeadBuffer decimal(long value) {
        reserve(20);
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** Appends 16 hexadecimal digits. */
    public HeadBuffer hex(long value) {
        reserve(16);
        for (int shift = 60; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(int) (value >>> shift) & 15];
        }
        return this;
    }

    public int length() {
        return length;
    }

    /**
     * Returns what was composed as an owned direct buffer.
     *
     * @param spare room to leave behind it, in bytes
     */
    public ByteBuf toBuffer(ByteBufAllocator allocator, int spare) {
        return allocator.directBuffer(length + spare).writeBytes(bytes, 0, length);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
