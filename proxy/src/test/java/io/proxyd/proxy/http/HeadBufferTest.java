package io.proxyd.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadBufferTest {
    private final HeadBuffer buffer = new HeadBuffer();

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 10, 99, 100, 12_345_678_901L, 999_999_999_999_999_999L, Long.MAX_VALUE})
    void writesDecimals(long value) {
        assertThat(text(buffer.decimal(value))).isEqualTo(Long.toString(value));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 0xABCDEF0123456789L, -1, Long.MIN_VALUE})
    void writesSixteenHexadecimalDigits(long value) {
        assertThat(text(buffer.hex(value))).isEqualTo(String.format("%016x", value));
    }

    @Test
    void appendsPartsAndWholes() {
        byte[] bytes = ascii("abcdef");
        buffer.append(bytes, 2, 4).append(bytes).append(bytes, 3, 3).decimal(7);
        assertThat(buffer.length()).isEqualTo(9);
        assertThat(text(buffer)).isEqualTo("cdabcdef7");
    }

    @Test
    void growsWithItsContent() {
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            buffer.decimal(i).append(ascii("-")).hex(i);
            expected.append(i).append('-').append(String.format("%016x", i));
        }
        buffer.append(ascii("x".repeat(1_000_000)));
        assertThat(text(buffer)).isEqualTo(expected + "x".repeat(1_000_000));
    }

    @Test
    void clearForgets() {
        buffer.append(ascii("old")).clear().append(ascii("new"));
        assertThat(text(buffer)).isEqualTo("new");
        assertThat(buffer.clear().length()).isZero();
    }

    @Test
    void leavesRoomForWhatFollows() {
        ByteBuf out = buffer.append(ascii("head")).toBuffer(UnpooledByteBufAllocator.DEFAULT, 100);
        try {
            assertThat(out.isDirect()).isTrue();
            assertThat(out.readableBytes()).isEqualTo(4);
            assertThat(out.writableBytes()).isGreaterThanOrEqualTo(100);
        } finally {
            out.release();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(HeadBuffer buffer) {
        ByteBuf out = buffer.toBuffer(UnpooledByteBufAllocator.DEFAULT, 0);
        try {
            return out.toString(StandardCharsets.US_ASCII);
        } finally {
            out.release();
        }
    }
}
